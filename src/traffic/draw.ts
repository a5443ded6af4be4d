import type { Share } from '../model/split.ts';
import { FULL_SHARE } from '../model/split.ts';
import type { SideIndex } from '../model/upstream.ts';
import { CANDIDATE, STABLE } from '../model/upstream.ts';
import type { Random } from '../support/random.ts';

/**
 * The split, by a stratified draw.
 *
 * A coin per request would give a 5 % candidate 2 or 9 of 100 requests; a counter ("every twentieth")
 * would be exact but predictable, and a client that polls in step with it would always meet the same
 * side, which also spoils the comparison of the two. So each request adds the rarer side's share to an
 * accumulator; each whole unit of it holds exactly one request of that side, at a place drawn uniformly
 * inside the unit. Counts are exact to one request, yet nobody can tell which request is next.
 *
 * A request that straddles two units might meet both places; the second is then drawn from the rest of
 * its unit, so that every unit still gets one request of its own.
 */
export type Draw = (share: Share) => SideIndex;

export function createDraw(random: Random): Draw {
  let share: Share = 0;
  let rarerShare: Share = 0;
  let rarerSide: SideIndex = CANDIDATE;
  let accumulated = 0;
  let place = 0;

  function begin(newShare: Share): void {
    share = newShare;
    const isCandidateRarer = share <= FULL_SHARE / 2;
    rarerSide = isCandidateRarer ? CANDIDATE : STABLE;
    rarerShare = isCandidateRarer ? share : FULL_SHARE - share;
    accumulated = 0;
    place = drawPlace(0);
  }

  const drawPlace = (from: number): number => from + Math.floor(random() * (FULL_SHARE - from));

  return (wanted) => {
    if (wanted !== share) begin(wanted);
    if (rarerShare === 0) return rarerSide === CANDIDATE ? STABLE : CANDIDATE;
    let isRarer = accumulated <= place && place < accumulated + rarerShare;
    accumulated += rarerShare;
    if (accumulated >= FULL_SHARE) {
      accumulated -= FULL_SHARE;
      place = drawPlace(isRarer ? accumulated : 0);
      if (place < accumulated) isRarer = true;
    }
    if (isRarer) return rarerSide;
    return rarerSide === CANDIDATE ? STABLE : CANDIDATE;
  };
}
