import type { RolloutEvent } from '../model/event.ts';
import type { Log } from './log.ts';

/** One log line for each event of the rollout: what a person greps for at three in the morning. */
export function narrate(log: Log, event: RolloutEvent): void {
  const { type, phase, weights, stable, candidate, actor, transactionId, seq, reason, reasons, traceIds } = event;
  const fields = {
    event: type,
    phase,
    weights,
    stable: stable.version,
    candidate: candidate?.version ?? null,
    actor,
    transactionId,
    seq,
    reasons,
    traceIds,
  };
  const message = `${type}: ${weights.before.candidate} % -> ${weights.after.candidate} % candidate; ${reason}`;
  if (phase === 'rolled-back') log.warn(fields, message);
  else log.info(fields, message);
}
