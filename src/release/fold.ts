import { AUTOMATION_ON } from '../model/automation.ts';
import type { EventType, RolloutEvent } from '../model/event.ts';
import type { Declaration, Place, Rollout } from '../model/rollout.ts';
import { shareOfPercent } from '../model/split.ts';

/** The rollout before its first event: stable only. */
export function blankRollout(declared: Declaration, nowMs: number): Rollout {
  return {
    phase: 'idle',
    candidate: null,
    pending: null,
    seq: 0,
    revision: 0,
    sinceMs: nowMs,
    reason: 'not started',
    source: 'file',
    transactionId: '',
    stable: declared.stable,
    releases: [],
    automation: AUTOMATION_ON,
    declared,
  };
}

/** Events that say something beside the rollout: why it stands where it stands is still what it was. */
const ASIDES: ReadonlySet<EventType> = new Set([
  'configured',
  'registered',
  'rollback-progressed',
  'automation-frozen',
  'automation-set',
]);

/**
 * The rollout after one more event. An event carries the state it led to, so that a journal whose
 * beginning was lost still folds to the right end.
 */
export function fold(rollout: Rollout, event: RolloutEvent): Rollout {
  const isAside = ASIDES.has(event.type) && rollout.seq > 0;
  return {
    seq: event.seq,
    revision: event.revision,
    sinceMs: event.phase === rollout.phase ? rollout.sinceMs : Date.parse(event.at),
    reason: isAside ? rollout.reason : event.reason,
    source: event.source,
    transactionId: event.transactionId,
    stable: event.stable,
    releases: event.releases,
    automation: event.automation,
    declared: event.declared,
    ...placeAfter(rollout, event),
  };
}

function placeAfter(rollout: Rollout, event: RolloutEvent): Place {
  const { phase, candidate, plan, step, reasons, traceIds, transactionId, progress } = event;
  if (phase === 'rolled-back') {
    const before =
      rollout.phase === 'rolled-back' ? rollout.rollback : { transactionId, progress: 'verified' as const };
    return { phase, candidate, reasons, traceIds, rollback: progress === null ? before : { transactionId, progress } };
  }
  if (phase === 'promoted') return { phase, candidate: null, former: event.former ?? event.stable };
  if (phase === 'idle' || candidate === null) {
    return { phase: 'idle', candidate, pending: event.pending ? plan : null };
  }
  return { phase, candidate, share: shareOfPercent(event.weights.after.candidate), plan, step };
}
