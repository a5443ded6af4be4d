import { OUTCOMES } from '../model/outcome.ts';
import type { Exchange, Outcome } from '../model/outcome.ts';
import { SIDES } from '../model/upstream.ts';
import type { Log } from './log.ts';

/**
 * Failed requests in the log, sampled: the first of each kind in each second, with its trace id and how many of its
 * kind went unsaid since the line before. A kind is a side, an outcome and a status, so there are few, and an incident
 * at full load writes a few lines a second instead of thousands.
 */
export function createFailureLog(log: Log): (exchange: Exchange, outcome: Outcome, nowMs: number) => void {
  const kinds = new Map<number, { second: number; unsaid: number }>();

  return (exchange, outcome, nowMs) => {
    const { side, status } = exchange;
    const kind = side * 1_000_000 + OUTCOMES.indexOf(outcome) * 1000 + status;
    const second = Math.floor(nowMs / 1000);
    const seen = kinds.get(kind);
    if (seen?.second === second) {
      seen.unsaid += 1;
      return;
    }
    const unsaid = seen?.unsaid ?? 0;
    kinds.set(kind, { second, unsaid: 0 });
    const { traceId, dispatchedAtMs } = exchange;
    const tookMs = Math.round(nowMs - dispatchedAtMs);
    const upstream = SIDES[side];
    const fields = { upstream, outcome, status, traceId, tookMs, unsaid };
    log.warn(fields, `a request to ${upstream} failed: ${outcome === 'answered' ? `status ${status}` : outcome}`);
  };
}
