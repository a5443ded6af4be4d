import type { EventType, RolloutEvent } from '../../model/event.ts';
import type { Notice, NoticeKind } from '../../model/notice.ts';
import type { Rollout } from '../../model/rollout.ts';
import { shareOf } from '../../model/rollout.ts';
import { weightsOf } from '../../model/split.ts';

/** A person's reason may be as long as a request's body; a queue of notices must stay small. */
const LONGEST_TEXT = 1000;
const MOST_MISTAKES = 20;

/** What people are told of an event; null for the many that they are not. `before` is the candidate until then. */
export function noticeOf(event: RolloutEvent, before: string | null): Notice | null {
  const kind = kindOf(event, before);
  if (kind === null) return null;
  const { service, at, seq, transactionId, actor, phase, stable, candidate, former, weights, reasons, traceIds } =
    event;
  return {
    event: kind,
    service,
    at,
    seq,
    transactionId,
    actor: bearable(actor),
    phase,
    stable: stable.version,
    candidate: candidate?.version ?? null,
    former: former?.version ?? null,
    weights,
    reason: bearable(event.reason),
    reasons,
    traceIds,
    mistakes: [],
  };
}

const KINDS: Readonly<Partial<Record<EventType, NoticeKind>>> = {
  'rolled-back': 'rollback',
  'judge-failed': 'rollback',
  'automation-frozen': 'breaker',
  promoted: 'promoted',
  switched: 'promoted',
  started: 'started',
  declared: 'started',
};

function kindOf({ type, weights, candidate }: RolloutEvent, before: string | null): NoticeKind | null {
  const kind = KINDS[type] ?? null;
  if (kind !== 'started') return kind;
  // One that waits for its health check or gate is told of when it begins, and a file that only moves the weight is no news.
  const isNew = type === 'started' || weights.before.candidate === 0 || candidate?.version !== before;
  return candidate !== null && weights.after.candidate > 0 && isNew ? kind : null;
}

/** What people are told when the file was refused. */
export function refusedNotice(service: string, rollout: Rollout, mistakes: readonly string[], nowMs: number): Notice {
  const weights = weightsOf(shareOf(rollout));
  const left = mistakes.length - MOST_MISTAKES;
  const told = mistakes.slice(0, MOST_MISTAKES).map(bearable);
  return {
    event: 'config-refused',
    service,
    at: new Date(nowMs).toISOString(),
    seq: rollout.seq,
    transactionId: rollout.transactionId,
    actor: 'file',
    phase: rollout.phase,
    stable: rollout.stable.version,
    candidate: rollout.candidate?.version ?? null,
    former: rollout.phase === 'promoted' ? rollout.former.version : null,
    weights: { before: weights, after: weights },
    reason: 'the configuration was refused whole; the former one stays in force',
    reasons: [],
    traceIds: [],
    mistakes: left > 0 ? [...told, `… and ${left} more`] : told,
  };
}

const bearable = (text: string): string => (text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text);
