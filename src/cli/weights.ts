/** What the reserved words of a weights body would be taken for. */
const TAKEN = new Set(['reason', 'force']);

/**
 * Reads the arguments of `set-weight`: `10` for the candidate, or `v1.3.0=10 v1.2.3=90`. Refused here is only what
 * could not be asked, or would be asked as something else; limits and sums are for the API, which knows the rollout.
 */
export function parseWeights(
  words: readonly string[],
): { readonly weights: Record<string, number> } | { readonly mistake: string } {
  const [only = '', ...others] = words;
  if (others.length === 0 && !only.includes('=')) {
    const percent = percentOf(only);
    return percent === null ? mistaken(only) : { weights: { candidate: percent } };
  }
  if (words.every((word) => percentOf(word) !== null)) {
    return {
      mistake: `expected one percentage, or versions with theirs like v1.3.0=10 v1.2.3=90, got ${words.join(' ')}`,
    };
  }
  const weights: Record<string, number> = {};
  for (const word of words) {
    const [, name = '', text = ''] = /^([^=]+)=([^=]+)$/.exec(word) ?? [];
    const percent = percentOf(text);
    if (percent === null || TAKEN.has(name) || name in {}) return mistaken(word);
    if (name in weights) return { mistake: `expected each version once, got ${name} twice` };
    weights[name] = percent;
  }
  return { weights };
}

function percentOf(text: string): number | null {
  return /^\d+(?:\.\d+)?%?$/.test(text) ? Number.parseFloat(text) : null;
}

const mistaken = (word: string) => ({ mistake: `expected 10, or v1.3.0=10 v1.2.3=90, in percent, got "${word}"` });
