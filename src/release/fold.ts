import type { RolloutEvent } from '../model/event.ts';
import type { Declaration, Rollout } from '../model/rollout.ts';
import { shareOfPercent } from '../model/split.ts';

/** The rollout before its first event: stable only. */
export function blankRollout(declared: Declaration, nowMs: number): Rollout {
  return {
    phase: 'idle',
    revision: 0,
    sinceMs: nowMs,
    reason: 'not started',
    stable: declared.stable,
    candidate: null,
    declared,
  };
}

/**
 * The rollout after one more event. An event carries the state it led to, so that a journal whose
 * beginning was lost still folds to the right end.
 */
export function fold(rollout: Rollout, event: RolloutEvent): Rollout {
  const common = {
    revision: event.seq,
    sinceMs: event.phase === rollout.phase ? rollout.sinceMs : Date.parse(event.at),
    reason: event.reason,
    stable: event.stable,
    declared: event.declared,
  };
  const share = shareOfPercent(event.weights.after.candidate);
  if (event.phase === 'rolled-back') {
    const { candidate, reasons, traceIds } = event;
    return { ...common, phase: 'rolled-back', candidate, reasons, traceIds };
  }
  if (event.candidate === null || share === 0) return { ...common, phase: 'idle', candidate: event.candidate };
  return { ...common, phase: 'shifting', candidate: event.candidate, share };
}
