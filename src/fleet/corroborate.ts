import type { Observed, ObservedSide } from '../health/observed.ts';
import { countedSide } from '../health/record.ts';
import type { Guards } from '../model/guards.ts';

/**
 * In a fleet of a few, whoever goes back alone takes most of what there is against the candidate out of the sums, and the
 * others, who see little, would have to prove anew what all of them meet. So for a while after somebody has gone back what
 * the others see, and saw shortly before, must only corroborate it: be evidence as a candidate at its limit shows it once
 * in 25 minutes. Of those 15 seconds one in a hundred would, so one bad instance takes the candidate from others that are
 * at their limit in no more than 1 % of all cases. And as nobody goes back alone more often than the `falseRollback` of
 * the whole fleet allows, a fleet whose members all keep the limit is not rolled back more often by this either. A larger
 * fleet is quick without it, and has more members that may break each by itself.
 */
const FEW_MEMBERS = 5;
const AFTER_MS = 10_000;
const BEFORE_MS = 5000;
const ONCE_IN_MS = 25 * 60_000;

export function corroboratingGuards(guards: Guards): Guards {
  return { ...guards, rule: 'evidence', falseRollbackMs: Math.min(guards.falseRollbackMs, ONCE_IN_MS) };
}

/** How far back what the others see may corroborate, when the last of them went back so long ago; null when it may not. */
export function corroboratingMs(members: number, sinceVoteMs: number | null): number | null {
  if (sinceVoteMs === null || members > FEW_MEMBERS || sinceVoteMs > AFTER_MS) return null;
  return BEFORE_MS + sinceVoteMs;
}

/** Its last so many slots, and no others: each empty one would be a possible beginning, and so evidence. */
export function lastSlotsOf({ candidate, stable, step }: Observed, count: number, slotMs: number): Observed {
  const sideOf = (side: ObservedSide): ObservedSide => {
    const { requests, errors, timed, slow } = side.slots();
    const cut = (row: ArrayLike<number>) => Array.from(row).slice(-count);
    return countedSide({ requests: cut(requests), errors: cut(errors), timed: cut(timed), slow: cut(slow) }, slotMs);
  };
  return { candidate: sideOf(candidate), stable: sideOf(stable), step };
}

/** When somebody was last seen to go back alone. */
export interface Seceding {
  /** So many have gone back in this life, as far as is known; null when it is not. */
  note(life: string, withdrawn: number | null, nowMs: number): void;
  /** Null when nobody was seen to: whoever has just come finds those who went back before. */
  sinceMs(life: string, nowMs: number): number | null;
}

export function createSeceding(): Seceding {
  let known: { life: string; most: number; atMs: number | null } | null = null;
  return {
    note(life, withdrawn, nowMs) {
      if (withdrawn === null) return;
      if (known === null) known = { life, most: withdrawn, atMs: null };
      if (known.life !== life) known = { life, most: 0, atMs: null };
      // One that was away for a while and comes back has not gone back once more.
      if (withdrawn > known.most) known = { life, most: withdrawn, atMs: nowMs };
    },
    sinceMs: (life, nowMs) => (known?.life === life && known.atMs !== null ? nowMs - known.atMs : null),
  };
}
