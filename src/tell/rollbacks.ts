import type { RolloutEvent } from '../model/event.ts';

/** Why a candidate was taken out: the guard that measured it, a person's command, or a judge that failed. */
export const ROLLBACK_REASONS = ['errors', 'p95', 'probe', 'command', 'judge-failed'] as const;

export type RollbackReason = (typeof ROLLBACK_REASONS)[number];

export interface RollbackReading {
  readonly byReason: Readonly<Record<RollbackReason, number>>;
  /** Wall clock; null when there was none. */
  readonly lastAtMs: number | null;
}

/** Counts rollbacks from the journal's events. Fed the replayed ones first, the count survives a restart. */
export interface RollbackCount {
  readonly note: (event: RolloutEvent) => void;
  readonly read: () => RollbackReading;
}

export function createRollbackCount(): RollbackCount {
  const byReason: Record<RollbackReason, number> = {
    errors: 0,
    p95: 0,
    probe: 0,
    command: 0,
    'judge-failed': 0,
  };
  let lastAtMs: number | null = null;
  return {
    note(event) {
      const reason = rollbackReasonOf(event);
      if (reason === null) return;
      byReason[reason] += 1;
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
