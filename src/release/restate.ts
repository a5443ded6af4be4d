import type { RolloutEvent } from '../model/event.ts';
import { standingAfter } from '../model/event.ts';
import type { Rollout } from '../model/rollout.ts';
import { planOf, shareOf, sidesOf } from '../model/rollout.ts';
import { takenOut } from './by-itself.ts';
import type { Circumstances, Decision } from './change.ts';
import { rolledBack, standingAt } from './change.ts';

/**
 * What happened to a candidate where the others did not see it, decided once more on the rollout that they agreed on:
 * the same candidate falls as it fell there, in the same transaction; another candidate is none of its business.
 */
export function fallAgain(rollout: Rollout, event: RolloutEvent, circumstances: Circumstances): Decision {
  const { stable, candidate } = sidesOf(rollout);
  const { sides, share } = standingAfter(event);
  if (candidate === null || candidate.version !== sides.candidate?.version) return null;
  const { source, transactionId } = event;
  if (event.phase === 'rolled-back') {
    if (rollout.phase === 'rolled-back') return null;
    const reason = event.type === 'rollback-progressed' ? measuredIn(event) : event.reason;
    if (source === 'guard') {
      const type = event.type === 'judge-failed' ? 'judge-failed' : 'rolled-back';
      const changes = takenOut(rollout, type, 'guard', reason, event, { ...circumstances, transactionId });
      return changes.map((change) => ({ ...change, transactionId }));
    }
    const { actor } = event;
    return { type: 'rolled-back', actor, source, reason, transactionId, ...rolledBack(rollout, transactionId, event) };
  }
  if (share >= shareOf(rollout)) return null;
  const { actor, reason } = event;
  const place = standingAt(candidate, share, planOf(rollout));
  return { type: 'weights-set', actor, source, reason, transactionId, stable, place };
}

/** Why it was taken out, where the event itself tells of something later. */
const measuredIn = ({ reasons, reason }: RolloutEvent): string => reasons.map(({ text }) => text).join('; ') || reason;

/** A candidate whose fate nobody can tell is taken out. */
export function mistrusted(
  rollout: Rollout,
  { version, reason }: { readonly version: string; readonly reason: string },
  circumstances: Circumstances,
): Decision {
  if (shareOf(rollout) === 0 || sidesOf(rollout).candidate?.version !== version) return null;
  const { transactionId } = circumstances;
  return { type: 'rolled-back', actor: 'weir', source: 'guard', reason, ...rolledBack(rollout, transactionId) };
}
