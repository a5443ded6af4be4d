import type { RolloutEvent } from './event.ts';

/**
 * What tells one event of a journal from another. Alone that is its `seq`. A fleet's may jump, and go back where the
 * store has lost its memory, and an event that was agreed on may have the number of one that was not: there it takes
 * the epoch and the transaction too, so that it means the same whichever member is asked.
 */
export function eventIdOf({ seq, transactionId, fleet }: RolloutEvent): string {
  return fleet === undefined ? String(seq) : `${fleet.epoch}.${seq}.${transactionId.slice(0, 8)}`;
}

/** Before any event. */
export const NO_EVENT = '0';
