import type { RolloutEvent } from '../model/event.ts';
import { MEASURES } from '../model/verdict.ts';

/** Why a candidate was taken out: the guard that measured it, a person's command, or a judge that failed. */
export const ROLLBACK_REASONS = [...MEASURES, 'command', 'judge-failed'] as const;

export type RollbackReason = (typeof ROLLBACK_REASONS)[number];

export interface RollbackReading {
  readonly byReason: Readonly<Record<RollbackReason, number>>;
  /** Wall clock; null when there was none. */
  readonly lastAtMs: number | null;
}

/**
 * Counts rollbacks from the journal's events. Fed the replayed ones first, the count survives a restart. A fleet's
 * rollback is in the journals of all and counted by the one that wrote it, so that the sum over all is the number of
 * rollbacks; when the last one was everybody knows.
 */
export interface RollbackCount {
  /** `isOurs` where the event happened here. */
  readonly note: (event: RolloutEvent, isOurs: boolean) => void;
  readonly read: () => RollbackReading;
}

export function createRollbackCount(): RollbackCount {
  const byReason = Object.fromEntries(ROLLBACK_REASONS.map((reason) => [reason, 0])) as Record<RollbackReason, number>;
  let lastAtMs: number | null = null;
  return {
    note(event, isOurs) {
      const reason = rollbackReasonOf(event);
      if (reason === null) return;
      if (isOurs) byReason[reason] += 1;
      lastAtMs = Date.parse(event.at);
    },
    read: () => ({ byReason: { ...byReason }, lastAtMs }),
  };
}

/** The first of its reasons when a guard had several; null for every other event. */
function rollbackReasonOf({ type, reasons }: RolloutEvent): RollbackReason | null {
  if (type === 'judge-failed') return type;
  return type === 'rolled-back' ? (reasons[0]?.measure ?? 'command') : null;
}
