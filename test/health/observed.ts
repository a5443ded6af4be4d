import type { Observed, ObservedSide } from '../../src/health/observed.ts';
import { recordedSide } from '../../src/health/record.ts';
import type { Guards } from '../../src/model/guards.ts';

export const SLOTS = 240;
export const SLOT_MS = 500;

/** The defaults, with a comparison only where a test asks for it. */
export const GUARDS: Guards = {
  windowMs: SLOTS * SLOT_MS,
  errorsRatio: 0.005,
  p95Ms: 300,
  rule: 'evidence',
  minRequests: 20,
  falseRollbackMs: 30 * 86_400_000,
  worseThanStable: null,
};

/** What came in one slot; slow ones among the requests too. */
export interface Slot {
  readonly requests: number;
  readonly errors?: number;
  readonly slow?: number;
}

const NONE: Slot = { requests: 0 };

/** A window that ends with these slots; before them there was silence. */
export function sideOf(last: readonly Slot[]): ObservedSide {
  const slots = [...Array.from({ length: Math.max(0, SLOTS - last.length) }, () => NONE), ...last];
  const rowOf = (count: (slot: Slot) => number) => slots.map(count).join(',');
  const rows = {
    requests: rowOf(({ requests }) => requests),
    errors: rowOf(({ errors }) => errors ?? 0),
    timed: rowOf(({ requests }) => requests),
    slow: rowOf(({ slow }) => slow ?? 0),
  };
  return recordedSide(rows, SLOT_MS);
}

/** Both windows; the step began with the candidate's, and everything in it has ended. */
export function observedOf(candidate: readonly Slot[], stable: readonly Slot[] = []): Observed {
  const sumOf = (count: (slot: Slot) => number) => candidate.reduce((sum, slot) => sum + count(slot), 0);
  const requests = sumOf((slot) => slot.requests);
  return {
    candidate: sideOf(candidate),
    stable: sideOf(stable),
    step: () => ({
      ended: requests,
      errors: sumOf(({ errors }) => errors ?? 0),
      headed: requests,
      slow: sumOf(({ slow }) => slow ?? 0),
    }),
  };
}

export const steady = (slot: Slot, count = SLOTS): Slot[] => Array.from({ length: count }, () => slot);
