import type { Guards, JudgedWindow } from '../model/guards.ts';
import type { Exchange, Outcome } from '../model/outcome.ts';
import { isFailure } from '../model/outcome.ts';
import type { Prospect, Verdict } from '../model/verdict.ts';
import { createJudge } from './judge.ts';
import type { Observer } from './observe.ts';
import { createEpochs, createObserver } from './observe.ts';
import type { Observed } from './observed.ts';
import { observedAt } from './observed.ts';
import { recordOf } from './record.ts';
import type { Tally } from './tally.ts';
import { slotMsOf } from './window.ts';

/**
 * The observer and its judge, whose guards can be changed while requests are under way. Counts of one window cannot be
 * poured into slots of another length, nor latencies into another scale, so a new observer takes over with empty
 * windows. What the former one dispatched settles into neither: each life of a window has a number of its own.
 */
export interface Lens extends Observer {
  refocus(guards: Guards): void;
  judge(nowMs: number): Verdict;
  /** What the judge looks at. */
  observed(nowMs: number): Observed;
  /** What the verdict of this moment is made from. */
  evidenceAt(nowMs: number): JudgedWindow;
  /** What an inconclusive verdict waits for. */
  prospect(nowMs: number): Prospect | null;
}

export interface LensParts {
  readonly guards: Guards;
  readonly tally: Tally;
  /** An upstream has failed an exchange; must not wait. */
  failed(exchange: Exchange, outcome: Outcome, nowMs: number): void;
}

export function createLens({ guards, tally, failed }: LensParts): Lens {
  const newEpoch = createEpochs();
  let present = guards;
  let observer = observerFor(guards);
  let judge = createJudge(guards, slotMsOf(guards.windowMs));

  function observerFor({ windowMs, p95Ms }: Guards): Observer {
    return createObserver({ windowMs, p95LimitMs: p95Ms, tally, newEpoch });
  }

  return {
    refocus(next) {
      if (next.windowMs !== present.windowMs || next.p95Ms !== present.p95Ms) observer = observerFor(next);
      if (JSON.stringify(next) !== JSON.stringify(present)) judge = createJudge(next, slotMsOf(next.windowMs));
      if (next.p95Ms !== null) tally.addBound(next.p95Ms);
      present = next;
    },
    judge: (nowMs) => judge.judge(observedAt(observer, nowMs)),
    observed: (nowMs) => observedAt(observer, nowMs),
    evidenceAt: (nowMs) => recordOf(present, slotMsOf(present.windowMs), observedAt(observer, nowMs)),
    prospect: (nowMs) => judge.prospect(observedAt(observer, nowMs)),

    dispatched: (exchange, nowMs) => observer.dispatched(exchange, nowMs),
    headed: (exchange, nowMs) => observer.headed(exchange, nowMs),
    settled(exchange, outcome, nowMs) {
      observer.settled(exchange, outcome, nowMs);
      if (isFailure(outcome, exchange.status)) failed(exchange, outcome, nowMs);
    },
    markOverdue: (nowMs) => observer.markOverdue(nowMs),
    restart: (side) => observer.restart(side),
    stalled: (fromMs, toMs) => observer.stalled(fromMs, toMs),
    beginStep: (side, nowMs) => observer.beginStep(side, nowMs),
    windowOf: (side, nowMs, from) => observer.windowOf(side, nowMs, from),
    summaryOf: (side, nowMs) => observer.summaryOf(side, nowMs),
    slotsOf: (side, nowMs) => observer.slotsOf(side, nowMs),
    latencyOf: (side, nowMs) => observer.latencyOf(side, nowMs),
    stepOf: (side) => observer.stepOf(side),
    inFlight: (side) => observer.inFlight(side),
    traceIdsOf: (side, measure) => observer.traceIdsOf(side, measure),
  };
}
