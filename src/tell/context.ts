import type { Rollout } from '../model/rollout.ts';
import type { Log } from './log.ts';

/** A log whose every line also says which versions are concerned, in which phase, after which transaction. */
export function withRollout(log: Log, rollout: () => Rollout): Log {
  const told =
    (level: keyof Log) =>
    (fields: object, message: string): void => {
      const { phase, stable, candidate, transactionId } = rollout();
      const context = { phase, stable: stable.version, candidate: candidate?.version ?? null, transactionId };
      log[level]({ ...context, ...fields }, message);
    };
  return { debug: told('debug'), info: told('info'), warn: told('warn'), error: told('error') };
}
