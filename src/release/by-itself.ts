import type { JudgedWindow } from '../model/guards.ts';
import type { Progress, Rollout } from '../model/rollout.ts';
import { PROGRESS } from '../model/rollout.ts';
import type { Verdict } from '../model/verdict.ts';
import { afterRollback } from './breaker.ts';
import type { Cause, Change, Circumstances, Decision } from './change.ts';
import { beginning, placeOf, rolledBack, standingAt } from './change.ts';
import { promotion } from './commands/follow-plan.ts';
import { isGuarded, nextStepOf, placeAtStep } from './plan.ts';

/** An unhealthy verdict, and what it rests on. */
interface Condemnation {
  readonly verdict: Verdict;
  readonly traceIds: readonly string[];
  readonly evidence?: JudgedWindow;
}

/** What a rollout does without a person: the guards take it out, the plan takes it on, a rollback is followed. */
export function obeyVerdict(
  rollout: Rollout,
  { verdict, traceIds, evidence }: Condemnation,
  circumstances: Circumstances,
): Decision {
  if (!isGuarded(rollout) || verdict.kind !== 'unhealthy') return null;
  const reasons = verdict.reasons.filter((reason) => reason.relation === '>');
  const reason = reasons.map(({ text }) => text).join('; ');
  return takenOut(
    rollout,
    'rolled-back',
    'guard',
    reason,
    { reasons, traceIds, ...(evidence && { evidence }) },
    circumstances,
  );
}

/** An automatic rollback, and the breaker's answer to it where that is one too many. */
export function takenOut(
  rollout: Rollout,
  type: 'rolled-back' | 'judge-failed',
  actor: string,
  reason: string,
  cause: Cause,
  { transactionId, nowMs, policy }: Circumstances,
): readonly Change[] {
  const after = afterRollback(rollout.automation, nowMs, policy.breaker);
  const counted = { ...rollout.automation, rollbacksAtMs: after.rollbacksAtMs };
  const places = rolledBack(rollout, transactionId, cause);
  const out: Change = { type, actor, source: 'guard', reason, automation: counted, ...places, ...evidenceIn(cause) };
  if (after.state === counted.state) return [out];
  const { stable, place } = places;
  // An event of its own: it says why automation stopped, not why the candidate did.
  const common = { type: 'automation-frozen', actor: 'weir', source: 'guard', reason: after.reason } as const;
  return [out, { ...common, automation: after, stable, place }];
}

const evidenceIn = ({ evidence }: Cause) => evidence && { evidence };

export function followPlan(
  rollout: Rollout,
  { kind, reason }: { readonly kind: string; readonly reason: string },
): Decision {
  const common = { actor: 'plan', reason, source: rollout.source } as const;
  if (kind === 'end-bake') {
    return rollout.phase === 'promoted' ? { ...common, type: 'baked', place: standingAt(null, 0) } : null;
  }
  if (rollout.automation.state !== 'on') return null;
  if (kind === 'begin') {
    if (rollout.phase !== 'idle' || rollout.pending === null || rollout.candidate === null) return null;
    return { ...common, type: 'started', place: beginning(rollout.candidate, rollout.pending, rollout.declared.share) };
  }
  if (rollout.phase !== 'shifting' || rollout.step === null) return null;
  const next = nextStepOf(rollout);
  if (kind === 'planned-step')
    return next === null ? null : { ...common, type: 'advanced', place: placeAtStep(rollout, next) };
  const promoted = next === null ? promotion(rollout) : null;
  return promoted === null ? null : { ...common, type: 'promoted', ...promoted };
}

export function progressed(
  rollout: Rollout,
  { progress, reason }: { readonly progress: Progress; readonly reason: string },
): Decision {
  if (rollout.phase !== 'rolled-back') return null;
  const { transactionId, progress: before } = rollout.rollback;
  if (PROGRESS.indexOf(progress) !== PROGRESS.indexOf(before) + 1) return null;
  const place = { ...placeOf(rollout), rollback: { transactionId, progress } } as Rollout & {
    readonly phase: 'rolled-back';
  };
  return {
    ...weirs(rollout, reason),
    type: 'rollback-progressed',
    place,
    progress,
    transactionId,
    keepsRevision: true,
  };
}

export const weirs = (rollout: Rollout, reason: string) => ({ actor: 'weir', source: rollout.source, reason }) as const;
