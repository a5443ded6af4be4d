import { hasAny, likeliestBeginning, lnEvidenceOf } from './evidence.ts';
import type { SlotCounts } from '../model/guards.ts';

/**
 * Evidence that the candidate is worse than stable. An absolute limit misses a candidate that is bad but within it, and
 * blames a candidate for an outage that hits both. This looks only at bad requests and asks whose they were: if the
 * candidate's rate is at most d times stable's, a bad request in a slot where it had the share w of the requests is the
 * candidate's with a probability of at most w·d / (1 − w + w·d). Against an alternative ratio r > d, with kc of the m bad
 * requests the candidate's,
 *
 *     L(r) = (r / d)^kc · ((1 − w + w·d) / (1 − w + w·r))^m,
 *
 * in the same recursion, with the same threshold as evidence against a limit. How many requests are bad altogether does
 * not enter, so whatever hits both alike is no evidence; and w comes from the slot's own counts, so it follows the
 * weights. It assumes that the split is random. At a share near 100 % it has no power.
 */
export interface Comparison {
  /** ln of the evidence; -Infinity as long as nothing of the candidate's was bad. Slots of both sides must correspond. */
  ln(candidate: Sample, stable: Sample): number;
  /** The slot since which the candidate seems to have been worse. */
  beginning(candidate: Sample, stable: Sample): number;
}

/** One side's requests and how many of them were bad, slot by slot, oldest first. */
export interface Sample {
  readonly requests: ArrayLike<number>;
  readonly bad: ArrayLike<number>;
}

export const failuresOf = ({ requests, errors }: SlotCounts): Sample => ({ requests, bad: errors });
export const slownessOf = ({ timed, slow }: SlotCounts): Sample => ({ requests: timed, bad: slow });

const MULTIPLES = [2, 4, 8, 16, 64];
const LN_MULTIPLES = MULTIPLES.map(Math.log);

/** Prepares the comparison for the allowed ratio of the candidate's rate to stable's. */
export function createComparison(allowedMultiple: number): Comparison {
  const alternatives = MULTIPLES.map((multiple) => multiple * allowedMultiple);

  function likelihoodOf(candidate: Sample, stable: Sample): (slot: number, alternative: number) => number {
    return (slot, alternative) => {
      const candidateBad = candidate.bad[slot]!;
      const bad = candidateBad + stable.bad[slot]!;
      // Where only one side had requests, it is no wonder whose the bad ones were.
      if (bad === 0 || candidate.requests[slot] === 0 || stable.requests[slot] === 0) return 0;
      const share = candidate.requests[slot]! / (candidate.requests[slot]! + stable.requests[slot]!);
      const lnDilution =
        Math.log1p(share * (allowedMultiple - 1)) - Math.log1p(share * (alternatives[alternative]! - 1));
      return candidateBad * LN_MULTIPLES[alternative]! + bad * lnDilution;
    };
  }

  return {
    ln(candidate, stable) {
      if (!hasAny(candidate.bad)) return -Infinity;
      return lnEvidenceOf(candidate.bad.length, alternatives.length, likelihoodOf(candidate, stable));
    },
    beginning: (candidate, stable) =>
      likeliestBeginning(candidate.bad.length, alternatives.length, likelihoodOf(candidate, stable)),
  };
}
