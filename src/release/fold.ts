import { AUTOMATION_ON } from '../model/automation.ts';
import type { RolloutEvent } from '../model/event.ts';
import { isAside } from '../model/event.ts';
import type { OneTimeToken } from '../model/identity.ts';
import type { Declaration, Place, Rollout } from '../model/rollout.ts';
import { shareOfPercent } from '../model/split.ts';

/** The rollout before its first event: stable only. @param spentTokens that count as used, though no event says so. */
export function blankRollout(declared: Declaration, nowMs: number, spentTokens: readonly OneTimeToken[] = []): Rollout {
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
    spentTokens,
  };
}

/**
 * The rollout after one more event. An event carries the state it led to, so that a journal whose
 * beginning was lost still folds to the right end.
 */
export function fold(rollout: Rollout, event: RolloutEvent): Rollout {
  const isBeside = isAside(event) && rollout.seq > 0;
  return {
    seq: event.seq,
    revision: event.revision,
    sinceMs: isEntry(rollout, event) ? Date.parse(event.at) : rollout.sinceMs,
    reason: isBeside ? rollout.reason : event.reason,
    source: event.source,
    transactionId: event.transactionId,
    stable: event.stable,
    releases: event.releases,
    automation: event.automation,
    declared: event.declared,
    spentTokens: event.spentTokens ?? [],
    ...placeAfter(rollout, event),
  };
}

/** Whether a phase begins: another one, or the same with another release on trial, or sent out or taken out again. */
function isEntry(rollout: Rollout, event: RolloutEvent): boolean {
  if (event.phase !== rollout.phase || event.candidate?.version !== rollout.candidate?.version) return true;
  if (event.phase === 'promoted') return event.stable.version !== rollout.stable.version;
  return event.type === 'started' || event.progress === 'detected';
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
