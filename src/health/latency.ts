/**
 * A histogram scale for latencies: bins that grow by 4 %, so that a value read back from its bin is within
 * 2 % of what was counted (the log-linear idea of HdrHistogram and DDSketch, in the plain logarithmic form).
 *
 * What is particular here: the bins are laid out from the P95 limit outwards, bin bounds are `limit · 1.04^i`,
 * and a bin holds its upper bound. So the limit is itself a bound, "slower than the limit" is the same as
 * "in a bin above the limit's", and the quantile can never say the opposite of the count of slow requests.
 * A fixed grid would put the limit inside a bin, and a P95 of 203 ms could stand beside "4 % were slower than 200 ms".
 */
const GROWTH = 1.04;
const LOG_GROWTH = Math.log(GROWTH);
const LOWEST_MS = 0.1;
const HIGHEST_MS = 600_000;

export interface LatencyScale {
  /** How many bins there are; the first and the last also take what lies beyond the range. */
  readonly bins: number;
  /** The P95 limit the scale was built around; null where there is none. */
  readonly limitMs: number | null;
  binOf(ms: number): number;
  /** A latency that stands for the bin, in milliseconds: within 2 % of everything in it, inside the range. */
  valueOf(bin: number): number;
  /** Whether a response head that took so long broke the limit; never without a limit. */
  isSlow(ms: number): boolean;
}

/** Builds the scale for a limit in milliseconds; covers at least 0.1 ms to 10 minutes, and the limit itself. */
export function createLatencyScale(limitMs: number | null): LatencyScale {
  if (limitMs !== null && !(limitMs > 0 && Number.isFinite(limitMs))) {
    throw new RangeError(`expected a P95 limit above 0 ms, got ${limitMs} ms`);
  }
  const anchorMs = limitMs ?? 1;
  const slowAboveMs = limitMs ?? Infinity;
  const exponentOf = (ms: number) => Math.log(ms / anchorMs) / LOG_GROWTH;
  const lowest = Math.min(0, Math.floor(exponentOf(LOWEST_MS)));
  const highest = Math.max(1, Math.ceil(exponentOf(HIGHEST_MS)));
  const lowestMs = anchorMs * GROWTH ** lowest;
  const highestMs = anchorMs * GROWTH ** highest;
  // Bin 0 is (0, lowest], bin i is (lowest+i-1, lowest+i], the last one is everything above the highest bound.
  const anchorBin = -lowest;
  const lastBin = highest - lowest + 1;

  return {
    bins: lastBin + 1,
    limitMs,
    binOf(ms) {
      if (!(ms > lowestMs)) return 0;
      if (ms > highestMs) return lastBin;
      const bin = anchorBin + Math.ceil(exponentOf(ms));
      // The logarithm may round across the limit; the comparison may not.
      if (ms <= anchorMs) return bin > anchorBin ? anchorBin : bin;
      return bin > anchorBin ? bin : anchorBin + 1;
    },
    valueOf(bin) {
      if (bin <= 0) return lowestMs;
      if (bin >= lastBin) return highestMs;
      return anchorMs * GROWTH ** (bin - anchorBin - 0.5);
    },
    isSlow: (ms) => ms > slowAboveMs,
  };
}

/**
 * The bin that holds the given percentile (a whole number of percent) by nearest rank, or null without a count.
 * The rank is computed in integers, so that "P95 above the limit" and "more than 5 % slower" are one statement.
 */
function percentileBinOf(counts: ArrayLike<number>, percent: number): number | null {
  let total = 0;
  for (let bin = 0; bin < counts.length; bin++) total += counts[bin]!;
  if (total === 0) return null;
  const rank = Math.max(1, Math.ceil((total * percent) / 100));
  let passed = 0;
  let bin = 0;
  while ((passed += counts[bin]!) < rank) bin++;
  return bin;
}

/** The given percentile in milliseconds, within 2 %; null without a count. */
export function percentileOf(scale: LatencyScale, counts: ArrayLike<number>, percent: number): number | null {
  const bin = percentileBinOf(counts, percent);
  return bin === null ? null : scale.valueOf(bin);
}
