/**
 * Numbers as a person reads them in a verdict: three significant digits, a space before the unit. (`support/units`
 * writes what a configuration file can read back; this here cannot be read back.)
 */
const MAX_DIGITS = 15;

/** A ratio in percent: 0.072 is `7.2 %`. */
export function phraseRatio(ratio: number, digits = 3): string {
  return `${rounded(ratio * 100, digits)} %`;
}

/** A span of time: `0.4 ms`, `452 ms`, `9.8 s`, `41 s`, `2.5 min`, `1.2 h`. */
export function phraseMs(ms: number, digits = 3): string {
  if (ms < 1000) return `${rounded(ms, digits)} ms`;
  if (ms < 120_000) return `${rounded(ms / 1000, digits)} s`;
  if (ms < 7_200_000) return `${rounded(ms / 60_000, digits)} min`;
  return `${rounded(ms / 3_600_000, digits)} h`;
}

/** `7.2 % > 0.5 %`: with as many digits as it takes that two different numbers look different. */
export function phraseRelation(
  measured: number,
  limit: number,
  phrase: (value: number, digits: number) => string,
): string {
  const looksEqual = (digits: number) => phrase(measured, digits) === phrase(limit, digits);
  let digits = 3;
  if (measured !== limit) while (digits < MAX_DIGITS && looksEqual(digits)) digits++;
  return `${phrase(measured, digits)} ${measured > limit ? '>' : '<='} ${phrase(limit, digits)}`;
}

/** `1 request`, `500 requests`. */
export function phraseRequests(count: number): string {
  return `${count} ${count === 1 ? 'request' : 'requests'}`;
}

/** Odds from their logarithm: `120 : 1`, `10^9 : 1`; `none` where nothing speaks for it. */
export function phraseEvidence(ln: number): string {
  if (!(ln > 0)) return 'none';
  if (ln === Infinity) return 'complete';
  const digits = ln / Math.LN10;
  return digits < 3 ? `${rounded(10 ** digits, 2)} : 1` : `10^${Math.floor(digits)} : 1`;
}

function rounded(value: number, digits: number): string {
  // By way of a number, which drops the trailing zeros that `toPrecision` writes.
  return String(Number(value.toPrecision(digits)));
}
