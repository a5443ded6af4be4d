import { lnMeanOf, times } from './evidence.ts';
import { firstWhere } from './search.ts';

/**
 * Evidence in the other direction: that the candidate is well, against "it is at its limit or worse". There is no
 * beginning to search for, so it is one product over all requests since the step began, averaged over alternatives q
 * below the limit p0: E = mean of (q / p0)^k · ((1 − q) / (1 − p0))^(n − k). A candidate at its limit ever reaches
 * E ≥ 20 with a probability of at most 1/20 (Ville's inequality), however often one looks. Two integers are enough:
 * with no failure at all it takes about 3.56 / p0 requests, 710 of them for a limit of 0.5 %.
 *
 * Requests still under way must not be among them: not to have failed yet is no proof.
 */
export interface HealthEvidence {
  /** ln E of that many requests with that many bad ones; 0 without a request. */
  ln(requests: number, bad: number): number;
  isProven(requests: number, bad: number): boolean;
  /** How many more requests it takes if they go like these; 0 when it is proven, null when it will never be. */
  requestsToProof(requests: number, bad: number): number | null;
}

const FRACTIONS = [0, 0.1, 0.25, 0.5];
const LN_PROVEN = Math.log(20);

/** Prepares the evidence for an allowed share of bad requests, 0..1. That none at all is bad can never be proven. */
export function createHealthEvidence(allowedRatio: number): HealthEvidence {
  const fractions = allowedRatio > 0 ? FRACTIONS : [];
  const lnBad = fractions.map(Math.log);
  const lnGood = fractions.map((fraction) => Math.log1p(-fraction * allowedRatio) - Math.log1p(-allowedRatio));

  function ln(requests: number, bad: number): number {
    if (requests === 0) return 0;
    return lnMeanOf(
      fractions.map((fraction, i) => {
        // What never fails is ruled out by one failure, however much else speaks for it.
        if (fraction === 0 && bad > 0) return -Infinity;
        return times(bad, lnBad[i]!) + times(requests - bad, lnGood[i]!);
      }),
    );
  }

  const isProven = (requests: number, bad: number) => ln(requests, bad) >= LN_PROVEN;

  return {
    ln,
    isProven,
    requestsToProof(requests, bad) {
      if (isProven(requests, bad)) return 0;
      const badRatio = requests === 0 ? 0 : bad / requests;
      const willBeProvenAt = (total: number) => isProven(total, total * badRatio);
      // Along a constant share ln E is convex and starts at 0: beyond the first number that proves it, all do.
      const total = firstWhere(willBeProvenAt, requests);
      return total === null ? null : total - requests;
    },
  };
}
