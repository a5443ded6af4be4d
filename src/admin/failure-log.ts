import type { Clock } from '../support/clock.ts';
import type { FailureLog } from './failures.ts';

/** Enough to see who it is; all that comes after says the same. */
export const LINES_A_MINUTE = 60;
const MINUTE_MS = 60_000;

/**
 * Failures to say who one is, so many lines a minute; the first line after that says how many were left out. Each address
 * has its own thirty failures, and whoever has thousands of addresses, as everybody has on loopback, would otherwise fill
 * the disk with a hundred thousand lines a minute.
 */
export function createFailureLog(log: FailureLog, { monotonicMs }: Pick<Clock, 'monotonicMs'>): FailureLog {
  let untilMs = Number.NEGATIVE_INFINITY;
  let told = 0;
  let unsaid = 0;
  return {
    error: log.error,
    warn(fields, message) {
      if (monotonicMs() >= untilMs) {
        untilMs = monotonicMs() + MINUTE_MS;
        told = 0;
      }
      told += 1;
      if (told > LINES_A_MINUTE) {
        unsaid += 1;
        return;
      }
      log.warn({ ...fields, ...(unsaid > 0 && { unsaid }) }, message);
      unsaid = 0;
    },
  };
}
