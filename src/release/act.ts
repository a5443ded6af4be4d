import type { Command, Refusal } from '../model/command.ts';
import type { EventType, RolloutEvent } from '../model/event.ts';
import type { JudgedWindow } from '../model/guards.ts';
import type { Release } from '../model/release.ts';
import { isSameRelease } from '../model/release.ts';
import type { Declaration, Phase, Rollout } from '../model/rollout.ts';
import { shareOf } from '../model/rollout.ts';
import type { Share } from '../model/split.ts';
import { weightsOf } from '../model/split.ts';
import type { Reason, Verdict } from '../model/verdict.ts';
import { fold } from './fold.ts';
import { shareAsked } from './weights.ts';

/**
 * The only place where a rollout changes. Every input, whether a person's command, the file's
 * declaration or the judge's verdict, is turned into events, and the new state is their fold.
 */
export type Input =
  | Command
  /** The configuration was read; `lapsed` when Weir was away for longer than it may resume after. */
  | { readonly kind: 'declare'; readonly declaration: Declaration; readonly lapsed: boolean }
  | {
      readonly kind: 'verdict';
      readonly verdict: Verdict;
      readonly traceIds: readonly string[];
      /** What it was made from. */
      readonly evidence?: JudgedWindow;
    }
  | { readonly kind: 'judge-failed'; readonly message: string }
  /** A raise could not be written down, so it must not come into force later by surprise. */
  | { readonly kind: 'withdraw-raise'; readonly share: Share; readonly reason: string }
  | { readonly kind: 'journal-set-aside'; readonly declaration: Declaration; readonly reason: string };

/** What the outside contributes to an event. */
export interface Circumstances {
  readonly service: string;
  /** Wall clock. */
  readonly nowMs: number;
  readonly transactionId: string;
}

export type Acted =
  | { readonly rollout: Rollout; readonly events: readonly RolloutEvent[] }
  | { readonly refusal: Refusal };

/** Where an input leads; what it leaves out stays as it was. */
interface Change {
  readonly type: EventType;
  readonly actor: string;
  readonly reason: string;
  readonly phase: Phase;
  readonly share: Share;
  readonly stable?: Release;
  readonly candidate?: Release | null;
  readonly declared?: Declaration;
  readonly reasons?: readonly Reason[];
  readonly traceIds?: readonly string[];
  readonly evidence?: JudgedWindow;
}

export function act(rollout: Rollout, input: Input, circumstances: Circumstances): Acted {
  const change = decide(rollout, input);
  if (change === null) return { rollout, events: [] };
  if ('code' in change) return { refusal: change };
  const event = eventOf(rollout, change, circumstances);
  return { rollout: fold(rollout, event), events: [event] };
}

function decide(rollout: Rollout, input: Input): Change | Refusal | null {
  switch (input.kind) {
    case 'set-weights':
      return staleRevision(rollout, input) ?? setWeights(rollout, input);
    case 'start':
      return staleRevision(rollout, input) ?? start(rollout, input);
    case 'roll-back':
      return staleRevision(rollout, input) ?? rollBack(rollout, input);
    case 'declare':
      return declare(rollout, input.declaration, input.lapsed);
    case 'verdict':
      return obey(rollout, input);
    case 'judge-failed':
      if (rollout.phase !== 'shifting') return null;
      return { type: 'judge-failed', actor: 'weir', reason: `judging failed: ${input.message}`, ...ROLLED_BACK };
    case 'withdraw-raise':
      if (shareOf(rollout) <= input.share) return null;
      return {
        type: 'raise-withdrawn',
        actor: 'weir',
        reason: input.reason,
        ...standingAt(rollout.candidate, input.share),
      };
    case 'journal-set-aside': {
      const { stable, candidate } = input.declaration;
      const declared = input.declaration;
      return {
        type: 'journal-set-aside',
        actor: 'weir',
        reason: input.reason,
        ...ROLLED_BACK,
        stable,
        candidate,
        declared,
      };
    }
  }
}

const ROLLED_BACK = { phase: 'rolled-back', share: 0 } as const;

const standingAt = (candidate: Release | null, share: Share): { phase: Phase; share: Share } =>
  share > 0 && candidate !== null ? { phase: 'shifting', share } : { phase: 'idle', share: 0 };

function staleRevision(rollout: Rollout, { expectedRevision }: Command): Refusal | null {
  if (expectedRevision === undefined || expectedRevision === rollout.revision) return null;
  const message = `expected revision ${expectedRevision}, but the rollout is at ${rollout.revision}: read the status again`;
  return { code: 'revision-mismatch', message };
}

function setWeights(rollout: Rollout, command: Command & { kind: 'set-weights' }): Change | Refusal {
  const asked = shareAsked(rollout, command.weights);
  if ('code' in asked) return asked;
  const { actor, reason } = command;
  return { type: 'weights-set', actor, reason, ...standingAt(rollout.candidate, asked.share) };
}

function start(rollout: Rollout, command: Command & { kind: 'start' }): Change | Refusal {
  const { candidate, actor, reason } = command;
  const known = [rollout.stable, rollout.candidate].find((release) => release?.version === candidate.version);
  if (candidate.version === rollout.stable.version) {
    return { code: 'version-conflict', message: `version ${candidate.version} is already the stable one` };
  }
  if (known !== undefined && known !== null && !isSameRelease(known, candidate)) {
    const message = `version ${candidate.version} is already known as ${known.url} with other provenance; a version is immutable, give the new build a new one`;
    return { code: 'version-conflict', message };
  }
  const share = rollout.declared.share;
  return { type: 'started', actor, reason, candidate, share, phase: share > 0 ? 'shifting' : 'idle' };
}

function rollBack(rollout: Rollout, { actor, reason }: Command): Change | Refusal | null {
  if (rollout.candidate === null) return { code: 'no-candidate', message: 'there is no candidate to roll back' };
  if (rollout.phase === 'rolled-back') return null;
  return { type: 'rolled-back', actor, reason, ...ROLLED_BACK };
}

/** Only a change to what the file says is news: reading the same file again never undoes a rollback. */
function declare(rollout: Rollout, declared: Declaration, lapsed: boolean): Change | null {
  const before = rollout.declared;
  const isFirst = rollout.revision === 0;
  const isOtherCandidate = isFirst || !isSameRelease(before.candidate, declared.candidate);
  const isOtherVersion = isFirst || before.candidate?.version !== declared.candidate?.version;
  const isOtherShare = before.share !== declared.share;
  const isOtherStable = !isSameRelease(before.stable, declared.stable);
  const resumes = rollout.phase === 'shifting' && !isOtherVersion;

  if (!isOtherCandidate && !isOtherShare && !isOtherStable) {
    if (!lapsed || !resumes) return null;
    const reason = 'Weir was away for longer than journal.resumeWithin; the candidate starts again at 0 %';
    return { type: 'resume-refused', actor: 'weir', reason, phase: 'idle', share: 0 };
  }
  const candidate = isOtherCandidate ? declared.candidate : rollout.candidate;
  const stable = isFirst || isOtherStable ? declared.stable : rollout.stable;
  const reason = isFirst ? 'first start with this configuration' : 'the configuration file changed';
  const kept = { phase: rollout.phase, share: lapsed && resumes ? 0 : shareOf(rollout) };
  const fresh = standingAt(candidate, declared.share);
  const latched = rollout.phase === 'rolled-back' && !isOtherVersion;
  const place = !latched && (isOtherVersion || isOtherShare) ? fresh : kept;
  return {
    type: 'declared',
    actor: 'file',
    reason,
    stable,
    candidate,
    declared,
    ...carried(rollout, place.phase),
    ...place,
  };
}

/** A latched rollback keeps its reasons when an event passes it by. */
function carried(rollout: Rollout, phase: Phase): Pick<Change, 'reasons' | 'traceIds'> {
  if (phase !== 'rolled-back' || rollout.phase !== 'rolled-back') return {};
  return { reasons: rollout.reasons, traceIds: rollout.traceIds };
}

function obey(rollout: Rollout, { verdict, traceIds, evidence }: Input & { kind: 'verdict' }): Change | null {
  if (rollout.phase !== 'shifting' || verdict.kind !== 'unhealthy') return null;
  const reasons = verdict.reasons.filter((reason) => reason.relation === '>');
  const reason = reasons.map(({ text }) => text).join('; ');
  const rolledBack = { type: 'rolled-back', actor: 'guard', reason, reasons, traceIds, ...ROLLED_BACK } as const;
  return evidence === undefined ? rolledBack : { ...rolledBack, evidence };
}

function eventOf(rollout: Rollout, change: Change, { service, nowMs, transactionId }: Circumstances): RolloutEvent {
  return {
    seq: rollout.revision + 1,
    at: new Date(nowMs).toISOString(),
    type: change.type,
    actor: change.actor,
    transactionId,
    service,
    phase: change.phase,
    stable: change.stable ?? rollout.stable,
    candidate: change.candidate === undefined ? rollout.candidate : change.candidate,
    weights: { before: weightsOf(shareOf(rollout)), after: weightsOf(change.share) },
    reason: change.reason,
    reasons: change.reasons ?? [],
    traceIds: change.traceIds ?? [],
    ...(change.evidence !== undefined && { evidence: change.evidence }),
    step: null,
    declared: change.declared ?? rollout.declared,
  };
}
