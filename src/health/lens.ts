import type { Exchange, Outcome } from '../model/outcome.ts';
import { isFailure } from '../model/outcome.ts';
import type { Observer } from './observe.ts';
import { createEpochs, createObserver } from './observe.ts';
import type { Tally } from './tally.ts';

/** What the windows are made for. */
export interface Focus {
  readonly windowMs: number;
  /** Null without a latency guard. */
  readonly p95LimitMs: number | null;
}

/**
 * An observer whose window and limit can be changed while requests are under way. Counts of one window cannot be
 * poured into slots of another length, nor latencies into another scale, so a new observer takes over with empty
 * windows. What the former one dispatched settles into neither: each life of a window has a number of its own.
 */
export interface Lens extends Observer {
  /** Does nothing when the focus is what it was. */
  refocus(focus: Focus): void;
}

export interface LensParts {
  readonly focus: Focus;
  readonly tally: Tally;
  /** An upstream has failed an exchange; must not wait. */
  failed(exchange: Exchange, outcome: Outcome, nowMs: number): void;
}

export function createLens({ focus, tally, failed }: LensParts): Lens {
  const newEpoch = createEpochs();
  let present = focus;
  let observer = createObserver({ ...focus, tally, newEpoch });

  return {
    refocus(next) {
      if (next.windowMs === present.windowMs && next.p95LimitMs === present.p95LimitMs) return;
      present = next;
      observer = createObserver({ ...next, tally, newEpoch });
    },
    dispatched: (exchange, nowMs) => observer.dispatched(exchange, nowMs),
    headed: (exchange, nowMs) => observer.headed(exchange, nowMs),
    settled(exchange, outcome, nowMs) {
      observer.settled(exchange, outcome, nowMs);
      if (isFailure(outcome, exchange.status)) failed(exchange, outcome, nowMs);
    },
    markOverdue: (nowMs) => observer.markOverdue(nowMs),
    restart: (side) => observer.restart(side),
    stalled: (fromMs, toMs) => observer.stalled(fromMs, toMs),
    windowOf: (side, nowMs) => observer.windowOf(side, nowMs),
    summaryOf: (side, nowMs) => observer.summaryOf(side, nowMs),
    slotsOf: (side, nowMs) => observer.slotsOf(side, nowMs),
    inFlight: (side) => observer.inFlight(side),
    traceIdsOf: (side, measure) => observer.traceIdsOf(side, measure),
  };
}
