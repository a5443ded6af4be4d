import type { Exchange } from '../model/outcome.ts';
import type { Share } from '../model/split.ts';
import { FULL_SHARE, weightsOf } from '../model/split.ts';
import { CANDIDATE, STABLE } from '../model/upstream.ts';
import { lnMeanOf, times } from './evidence.ts';

/**
 * Checks that the requests are really split as intended, for a comparison of two sides is worth nothing when they are
 * not (a sample-ratio test, as every experiment platform has one). Since it is looked at all the time, it is a
 * sequential one: against "each request goes to the candidate with the probability w" the likelihood ratio of n requests,
 * k of them the candidate's, is weighed for a grid of other odds,
 *
 *     E = mean of (q / w)^k · ((1 − q) / (1 − w))^(n − k),
 *
 * and reaches a million with a probability of at most one in a million, however often one looks (Ville's inequality). The
 * draw is stratified and strays less than a coin would, so the true probability is smaller still.
 *
 * It counts what is dispatched since the split last changed. Forced requests were not drawn. Where users are sticky the
 * requests of one user are not drawn either, so there is nothing to check; and when a side takes no more requests, the
 * rest is no sample of the whole, and counting begins anew.
 */
export interface SplitCheck {
  /** Returns whether this is another split than before. */
  follow(share: Share): boolean;
  dispatched(exchange: Exchange): void;
  /** A request that was drawn has not been dispatched. */
  refused(): void;
  /** What contradicts the split, for a person; null as long as nothing does. Stays until the split changes. */
  suspicion(): string | null;
}

const LN_MILLION = Math.log(1e6);
/** Odds of the candidate, as multiples of the intended ones. */
const ODDS = [1 / 16, 1 / 4, 1 / 2, 0.8, 0.9, 1 / 0.9, 1 / 0.8, 2, 4, 16];

/** `isDrawn` says whether requests are drawn one by one; where they are not, there is nothing to check. */
export function createSplitCheck(isDrawn: boolean): SplitCheck {
  const counts: [number, number] = [0, 0];
  let share: Share = 0;
  let suspicion: string | null = null;

  function restart(): void {
    counts[STABLE] = 0;
    counts[CANDIDATE] = 0;
  }

  return {
    follow(next) {
      if (next === share) return false;
      share = next;
      suspicion = null;
      restart();
      return true;
    },
    dispatched({ side, forced }) {
      if (isDrawn && !forced) counts[side]++;
    },
    refused: restart,
    suspicion() {
      if (suspicion !== null) return suspicion;
      const [stable, candidate] = counts;
      if (lnAgainst(share / FULL_SHARE, candidate, stable) < LN_MILLION) return null;
      const percent = ((100 * candidate) / (candidate + stable)).toPrecision(3);
      suspicion = `${candidate} of ${candidate + stable} requests (${Number(percent)} %) went to the candidate since the split was set to ${weightsOf(share).candidate} %; by chance that happens less than once in a million times`;
      return suspicion;
    },
  };
}

/** ln of the evidence against "each request goes to the candidate with this probability". */
function lnAgainst(ratio: number, candidate: number, stable: number): number {
  // What never happens is contradicted by happening once.
  if (ratio <= 0) return candidate > 0 ? Infinity : 0;
  if (ratio >= 1) return stable > 0 ? Infinity : 0;
  return lnMeanOf(
    ODDS.map((multiple) => {
      const lnTotal = Math.log1p(ratio * (multiple - 1));
      return times(candidate, Math.log(multiple) - lnTotal) - times(stable, lnTotal);
    }),
  );
}
