import type { EventType, RolloutEvent } from '../model/event.ts';
import type { Log } from './log.ts';

/** Events that want somebody's attention. */
const ALARMING: ReadonlySet<EventType> = new Set([
  'rolled-back',
  'judge-failed',
  'resume-refused',
  'journal-set-aside',
]);

/** One log line for each event of the rollout: what a person greps for at three in the morning. */
export function narrate(log: Log, event: RolloutEvent): void {
  const { type, phase, weights, stable, candidate, actor, source, transactionId, seq, reason, reasons } = event;
  const { traceIds, progress, forced, step } = event;
  const fields = {
    event: type,
    phase,
    weights,
    step,
    stable: stable.version,
    candidate: candidate?.version ?? null,
    actor,
    source,
    forced,
    progress,
    ...(event.fleet !== undefined && { member: event.fleet.member }),
    transactionId,
    seq,
    reasons,
    traceIds,
  };
  const what = progress === null || progress === 'detected' ? type : `rollback ${progress}`;
  // At the end of a bake a release changes sides, and no request its way.
  const move = type === 'baked' ? '' : `${weights.before.candidate} % -> ${weights.after.candidate} % candidate; `;
  const message = `${what}: ${move}${reason}`;
  if (type === 'automation-frozen') log.error(fields, message);
  else if (ALARMING.has(type)) log.warn(fields, message);
  else log.info(fields, message);
}
