import { firstWhere } from './search.ts';

/**
 * How strongly the requests of a window contradict "at most this share of requests may be bad".
 *
 * "Measured share above the limit, looked at again and again" is wrong most of the time at low traffic: whoever looks
 * often enough sees any share exceed any limit by chance. Here each slot u with n requests, k of them bad, has a
 * likelihood ratio for an alternative share q > p0 (the limit),
 *
 *     L(q) = (q / p0)^k · ((1 − q) / (1 − p0))^(n − k),
 *
 * and since nobody knows when the trouble began, the products over every possible beginning are added up (Shiryaev 1963,
 * Roberts 1966): M(q) = Σ_s Π_{u ≥ s} L_u(q), by the recursion M ← (M + 1) · L. Nor does anybody know how bad it is, so
 * M is averaged over a grid of alternatives. The guard is broken when that average reaches A = falseRollback / slot.
 *
 * Why it holds: as long as each request is bad with a probability of at most p0, given the past, E[M after t slots] ≤ t;
 * so the expected time to a false alarm is at least A slots, however often one looks and also inside a slot. That a
 * window forgets beginnings only makes M smaller. (Shin, Ramdas, Rinaldo: E-detectors, arXiv 2203.03532.)
 *
 * Everything is kept as logarithms, because at ten million requests a slot no likelihood fits a float, and is computed
 * anew from the window's integers each time: no hidden state, so a verdict can be recomputed from what was recorded.
 */
export interface LimitEvidence {
  /** Shares above the limit that the evidence is weighed for; none when no share is above it. */
  readonly alternatives: readonly number[];
  /** ln L of one slot for the alternative at this index. */
  lnLikelihood(requests: number, bad: number, alternative: number): number;
  /** ln of the evidence in the slots, oldest first; -Infinity as long as nothing was bad. */
  ln(requests: ArrayLike<number>, bad: ArrayLike<number>): number;
  /** The slot since which the requests contradict the limit most: where the trouble seems to have begun. */
  beginning(requests: ArrayLike<number>, bad: ArrayLike<number>): number;
  /**
   * How many more requests, of which this share is bad, bring the evidence to `ln`; 0 when it is there, null when it
   * will never be. As if no request left the window meanwhile.
   */
  requestsTo(ln: number, requests: ArrayLike<number>, bad: ArrayLike<number>, badRatio: number): number | null;
}

const MULTIPLES = [1.5, 2, 3, 5, 10, 30];
const HALF = 0.5;
const NEARLY_ALL = 0.95;

/** What the evidence must reach, as ln A: at the limit itself there is at most one false alarm in `falseRollbackMs`. */
export function lnThresholdOf(falseRollbackMs: number, slotMs: number): number {
  return Math.log(falseRollbackMs / slotMs);
}

/** Prepares the evidence against an allowed share of bad requests, 0..1. Where none is allowed, one proves it. */
export function createLimitEvidence(allowedRatio: number): LimitEvidence {
  const alternatives = alternativesTo(allowedRatio);
  const lnBad = alternatives.map((share) => Math.log(share / allowedRatio));
  const lnGood = alternatives.map((share) => Math.log1p(-share) - Math.log1p(-allowedRatio));

  function lnLikelihood(requests: number, bad: number, alternative: number): number {
    return times(bad, lnBad[alternative]!) + times(requests - bad, lnGood[alternative]!);
  }

  return {
    alternatives,
    lnLikelihood,
    ln(requests, bad) {
      if (!hasAny(bad)) return -Infinity;
      return lnEvidenceOf(bad.length, alternatives.length, (slot, alternative) =>
        lnLikelihood(requests[slot]!, bad[slot]!, alternative),
      );
    },
    beginning: (requests, bad) =>
      likeliestBeginning(bad.length, alternatives.length, (slot, alternative) =>
        lnLikelihood(requests[slot]!, bad[slot]!, alternative),
      ),
    requestsTo(ln, requests, bad, badRatio) {
      if (badRatio <= allowedRatio) return null;
      const lnSums = lnSumsOf(bad.length, alternatives.length, (slot, alternative) =>
        lnLikelihood(requests[slot]!, bad[slot]!, alternative),
      );
      const lnAfter = (more: number) =>
        lnMeanOf(lnSums.map((lnSum, i) => grow(lnSum, lnLikelihood(more, more * badRatio, i))));
      return firstWhere((more) => lnAfter(more) >= ln, 0);
    },
  };
}

function alternativesTo(allowedRatio: number): number[] {
  const grid = MULTIPLES.map((multiple) => multiple * allowedRatio).filter((share) => share < HALF);
  const above = [...grid, HALF, NEARLY_ALL].filter((share) => share > allowedRatio);
  // A limit above the whole grid can still be contradicted, by what lies half-way to everything.
  return above.length > 0 || allowedRatio >= 1 ? above : [(1 + allowedRatio) / 2];
}

/** One step of the recursion M ← (M + 1) · L, in logarithms. */
export function grow(lnSum: number, lnLikelihood: number): number {
  const lnOneMore = lnSum > 0 ? lnSum + Math.log1p(Math.exp(-lnSum)) : Math.log1p(Math.exp(lnSum));
  return lnOneMore + lnLikelihood;
}

type Likelihood = (slot: number, alternative: number) => number;

/** ln of the mean over the alternatives of the Shiryaev-Roberts sum over the slots. */
export function lnEvidenceOf(slots: number, alternatives: number, lnLikelihood: Likelihood): number {
  return lnMeanOf(lnSumsOf(slots, alternatives, lnLikelihood));
}

function lnSumsOf(slots: number, alternatives: number, lnLikelihood: Likelihood): number[] {
  const lnSums: number[] = [];
  for (let alternative = 0; alternative < alternatives; alternative++) {
    let lnSum = -Infinity;
    for (let slot = 0; slot < slots; slot++) lnSum = grow(lnSum, lnLikelihood(slot, alternative));
    lnSums.push(lnSum);
  }
  return lnSums;
}

/** The slot whose product up to the last slot is the largest for any alternative; the latest of equals. */
export function likeliestBeginning(slots: number, alternatives: number, lnLikelihood: Likelihood): number {
  let beginning = slots - 1;
  let lnLargest = -Infinity;
  for (let alternative = 0; alternative < alternatives; alternative++) {
    let lnProduct = 0;
    for (let slot = slots - 1; slot >= 0; slot--) {
      lnProduct += lnLikelihood(slot, alternative);
      if (lnProduct > lnLargest) {
        lnLargest = lnProduct;
        beginning = slot;
      }
    }
  }
  return beginning;
}

/** ln of the mean of numbers given by their logarithms; -Infinity for none. */
export function lnMeanOf(lns: readonly number[]): number {
  const lnLargest = Math.max(...lns);
  if (!Number.isFinite(lnLargest)) return lnLargest;
  let sum = 0;
  for (const ln of lns) sum += Math.exp(ln - lnLargest);
  return lnLargest + Math.log(sum / lns.length);
}

/** count · ln, where nothing happened nothing follows: 0 · Infinity is 0 here. */
export function times(count: number, ln: number): number {
  return count === 0 ? 0 : count * ln;
}

export function hasAny(counts: ArrayLike<number>): boolean {
  for (let slot = 0; slot < counts.length; slot++) if (counts[slot]! > 0) return true;
  return false;
}
