import type { RolloutEvent } from '../model/event.ts';
import { EVENT_FORMAT } from '../model/event.ts';
import type { Rollout } from '../model/rollout.ts';
import { planOf, shareOf } from '../model/rollout.ts';
import { weightsOf } from '../model/split.ts';
import type { Change, Circumstances } from './change.ts';
import { registryAfter } from './registry.ts';
import { stillSpent } from './spent.ts';

/** The event that a change is written down as: the change itself, and all that follows from it. */
export function eventOf(rollout: Rollout, change: Change, circumstances: Circumstances): RolloutEvent {
  const { service, nowMs, policy } = circumstances;
  const { place, stable = rollout.stable } = change;
  const seq = rollout.seq + 1;
  const former = place.phase === 'promoted' ? place.former : null;
  const isRolledBack = place.phase === 'rolled-back';
  const inUse = {
    stable,
    candidate: place.candidate,
    former,
    isRolledBack,
    reason: change.reason,
    registered: change.registered ?? null,
    replaced: rollout.candidate,
  };
  const spentTokens = stillSpent(change.spentTokens ?? rollout.spentTokens, nowMs);
  return {
    seq,
    format: EVENT_FORMAT,
    revision: change.keepsRevision === true ? rollout.revision : seq,
    at: new Date(nowMs).toISOString(),
    type: change.type,
    actor: change.actor,
    source: change.source ?? rollout.source,
    transactionId: change.transactionId ?? circumstances.transactionId,
    progress: change.progress ?? null,
    forced: change.forced ?? false,
    service,
    phase: place.phase,
    stable,
    candidate: place.candidate,
    former,
    weights: { before: weightsOf(shareOf(rollout)), after: weightsOf(shareOf(place)) },
    reason: change.reason,
    reasons: isRolledBack ? place.reasons : [],
    traceIds: isRolledBack ? place.traceIds : [],
    ...(change.evidence && { evidence: change.evidence }),
    step: place.phase === 'shifting' || place.phase === 'paused' ? place.step : null,
    plan: planOf(place),
    pending: place.phase === 'idle' && place.pending !== null,
    releases: registryAfter(rollout.releases, inUse, policy.keepReleases, nowMs),
    automation: change.automation ?? rollout.automation,
    declared: change.declared ?? rollout.declared,
    ...(spentTokens.length > 0 && { spentTokens }),
  };
}
