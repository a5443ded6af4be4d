import { isCounted, isFailure } from '../model/outcome.ts';
import type { Exchange, Outcome } from '../model/outcome.ts';
import type { WindowSummary } from '../model/status.ts';
import type { SideIndex } from '../model/upstream.ts';
import type { Measure } from '../model/verdict.ts';
import { createCulprits } from './culprits.ts';
import type { LatencyScale } from './latency.ts';
import { createLatencyScale, percentileOf } from './latency.ts';
import type { Tally } from './tally.ts';
import { ERRORS, FAST, GOOD, REQUESTS, SLOW, TIMED, createWindow, slotMsOf } from './window.ts';
import type { Slots, StepCounts } from './window.ts';
import { createWaiting } from './waiting.ts';

/**
 * The stage between data path and judge: turns the life of an exchange into counts.
 *
 * A request is counted in the slot in which it was dispatched, at once and as a good one; what is wrong with it is added
 * to that same slot when it shows. Counting at the end would be biased, because failures end sooner: of 100 requests
 * sent together with 4 failures, the 4 arrive first and look like 4 of 4. For the same reason a request without a
 * response head is slow as soon as the limit has passed (its latency is right-censored, but "longer than the limit" is
 * already known): nobody waits for a hung upstream to confess.
 *
 * Each call is a few array writes: no allocation, no hashing. Exchanges without a head stand in their side's list in
 * dispatch order, so the overdue ones are a prefix of it.
 */
export interface Observer {
  /** Times are monotonic; `nowMs` of the dispatch is the exchange's `dispatchedAtMs`. */
  dispatched(exchange: Exchange, nowMs: number): void;
  /** The final response head is complete; `exchange.status` is set. */
  headed(exchange: Exchange, nowMs: number): void;
  /** Exactly once for each exchange that was dispatched. */
  settled(exchange: Exchange, outcome: Outcome, nowMs: number): void;
  /** Counts what has outlasted the limit by now as slow. Called every beat. */
  markOverdue(nowMs: number): void;
  /** A candidate's life begins anew: what is still under way from the former one counts for nothing. */
  restart(side: SideIndex): void;
  /** The event loop did not turn between these times, so nobody's latency was measured. */
  stalled(fromMs: number, toMs: number): void;
  /** The candidate's share has changed, or its life begins: what was sent before says nothing about this step. */
  beginStep(side: SideIndex, nowMs: number): void;
  /** Of the whole window, or of its slots from this position on, counted as in `slotsOf`. */
  windowOf(side: SideIndex, nowMs: number, from?: number): Counts;
  summaryOf(side: SideIndex, nowMs: number): WindowSummary;
  /** Slot by slot, oldest first; valid until the next read of this side. */
  slotsOf(side: SideIndex, nowMs: number): Slots;
  /** Counts by bin of the whole window; valid until the next read of this side. */
  latencyOf(side: SideIndex, nowMs: number): { readonly scale: LatencyScale; readonly counts: ArrayLike<number> };
  /** Only requests whose answer is known; what is still under way proves nothing. */
  stepOf(side: SideIndex): StepCounts;
  /** Real traffic under way: forced requests and those of a former life too. */
  inFlight(side: SideIndex): number;
  /** Trace ids of the latest requests of this life that failed (`errors`) or were slow (`p95`), latest first. */
  traceIdsOf(side: SideIndex, measure: Measure): readonly string[];
}

/** What one side's window holds, for the judge. */
export interface Counts {
  readonly requests: number;
  readonly errors: number;
  /** Requests that say something about latency. */
  readonly timed: number;
  /** Those of them that took longer than the limit, or have already been waiting for longer. */
  readonly slow: number;
  /** Requests under way count with their present age; null without a request. */
  readonly p95Ms: number | null;
  /** How long ago the window's first request was sent. */
  readonly spanMs: number;
}

export interface ObserverSettings {
  readonly windowMs: number;
  /** Null without a latency guard: then nothing is slow. */
  readonly p95LimitMs: number | null;
  readonly tally: Tally;
  /** A number for each life of a window, never the same twice over all observers that share exchanges. */
  readonly newEpoch?: () => number;
}

/** Numbers from 1 on: no window's life ever has the number of an exchange that counts for nothing. */
export function createEpochs(): () => number {
  let last = NO_EPOCH;
  return () => (last += 1);
}

/** No window's life ever has this number: the epoch of an exchange that counts for nothing. */
const NO_EPOCH = 0;
const SWITCHING_PROTOCOLS = 101;
/** How long after a stall heads that came during it may still lie unread; more would be another stall. */
const BACKLOG_MS = 50;

/** What a window holds, for people. */
export function summaryIn({ requests, errors, p95Ms }: Counts): WindowSummary {
  return { requests, errors, errorRatio: requests === 0 ? null : errors / requests, p95Ms };
}

/** Creates the stage for both sides, with empty windows. */
export function createObserver({ windowMs, p95LimitMs, tally, newEpoch = createEpochs() }: ObserverSettings): Observer {
  const scale = createLatencyScale(p95LimitMs);
  const createSide = () => ({
    window: createWindow({ windowMs, slotMs: slotMsOf(windowMs), bins: scale.bins }),
    waiting: createWaiting(),
    culprits: createCulprits(),
    epoch: newEpoch(),
  });
  type ObservedSide = ReturnType<typeof createSide>;
  const sides: readonly [ObservedSide, ObservedSide] = [createSide(), createSide()];

  function countSlow(side: ObservedSide, exchange: Exchange): void {
    if (exchange.countedSlow) return;
    exchange.countedSlow = true;
    side.window.add(exchange.slot, SLOW, 1);
    side.culprits.note('p95', exchange.traceId);
  }

  function countLatency(side: ObservedSide, exchange: Exchange, ms: number): void {
    side.window.addLatency(exchange.slot, scale.binOf(ms));
    if (scale.isSlow(ms)) countSlow(side, exchange);
    else side.window.add(exchange.slot, FAST, 1);
  }

  function markSide(side: ObservedSide, nowMs: number): void {
    let exchange = side.waiting.oldest();
    while (exchange !== null && scale.isSlow(nowMs - exchange.dispatchedAtMs)) {
      countSlow(side, exchange);
      exchange = exchange.newer;
    }
  }

  /**
   * Counts by bin, with each request still under way at its present age: a lower bound, but then the histogram holds
   * exactly the `timed` requests, and its P95 exceeds the limit when more than 5 % of them are slow, and only then.
   */
  function withWaiting(side: ObservedSide, latency: Float64Array, nowMs: number, firstSlot: number): Float64Array {
    for (let exchange = side.waiting.oldest(); exchange !== null; exchange = exchange.newer) {
      if (exchange.slot < firstSlot || !side.window.isTimed(exchange.slot)) continue;
      const bin = scale.binOf(nowMs - exchange.dispatchedAtMs);
      latency[bin] = latency[bin]! + 1;
    }
    return latency;
  }

  function windowOf(sideIndex: SideIndex, nowMs: number, from = 0): Counts {
    const side = sides[sideIndex];
    markSide(side, nowMs);
    const { requests, errors, timed, slow, spanMs, latency, firstSlot } = side.window.totals(nowMs, from);
    const p95Ms = percentileOf(scale, withWaiting(side, latency, nowMs, firstSlot), 95);
    return { requests, errors, timed, slow, spanMs, p95Ms };
  }

  return {
    dispatched(exchange, nowMs) {
      tally.dispatched(exchange);
      const side = sides[exchange.side];
      exchange.epoch = exchange.forced ? NO_EPOCH : side.epoch;
      exchange.countedSlow = false;
      if (exchange.forced) return;
      exchange.slot = side.window.slotAt(nowMs);
      side.window.add(exchange.slot, REQUESTS, 1);
      side.window.add(exchange.slot, TIMED, 1);
      side.waiting.append(exchange);
    },

    headed(exchange, nowMs) {
      tally.headed(exchange, nowMs);
      const side = sides[exchange.side];
      if (exchange.epoch !== side.epoch || !side.waiting.remove(exchange)) return;
      if (exchange.status === SWITCHING_PROTOCOLS) {
        // A tunnel's handshake is no answer, and nothing of it counts for latency.
        side.window.add(exchange.slot, TIMED, -1);
        if (exchange.countedSlow) side.window.add(exchange.slot, SLOW, -1);
        return;
      }
      countLatency(side, exchange, nowMs - exchange.dispatchedAtMs);
    },

    settled(exchange, outcome, nowMs) {
      tally.settled(exchange, outcome);
      const side = sides[exchange.side];
      if (exchange.epoch !== side.epoch) return;
      exchange.epoch = NO_EPOCH;
      const isHeadless = side.waiting.remove(exchange);
      const ageMs = nowMs - exchange.dispatchedAtMs;
      if (!isCounted(outcome)) {
        // Whose fault it was that the client left is unknown, but whether the head took longer than the limit may have
        // been answered before: by the head, or by the limit passing without one. What was answered stays counted, both
        // the slow and the fast, for to drop only one kind would bend the share. What was not yet answered is withdrawn.
        side.window.add(exchange.slot, REQUESTS, -1);
        if (isHeadless && !exchange.countedSlow && !scale.isSlow(ageMs)) {
          side.window.add(exchange.slot, TIMED, -1);
          return;
        }
      } else if (isFailure(outcome, exchange.status)) {
        side.window.add(exchange.slot, ERRORS, 1);
        side.culprits.note('errors', exchange.traceId);
      } else side.window.add(exchange.slot, GOOD, 1);
      // It ended without a head: the head would have taken at least this long.
      if (isHeadless) countLatency(side, exchange, ageMs);
    },

    markOverdue(nowMs) {
      for (const side of sides) markSide(side, nowMs);
    },

    restart(sideIndex) {
      const side = sides[sideIndex];
      side.window.clear();
      side.waiting.clear();
      side.culprits.clear();
      side.epoch = newEpoch();
    },

    /**
     * What was sent while the loop stood still was timed by a clock read too late: those slots are silenced. And of the
     * requests already under way, those whose limit passed meanwhile: had their head come in time, nobody would have
     * read it. For all the others the answer is known: the limit had passed before, or it passed after the backlog had
     * been read, so a late head was late at the upstream. Whole slots go, chosen by when a request was sent, because
     * to drop single requests by how they turned out would be choosing the evidence. Whether their heads were read
     * before this call or after makes no difference either.
     */
    stalled(fromMs, toMs) {
      for (const { window } of sides) {
        window.silence(fromMs, toMs);
        if (p95LimitMs !== null) window.silence(fromMs - p95LimitMs, toMs + BACKLOG_MS - p95LimitMs);
      }
    },

    beginStep: (side, nowMs) => sides[side].window.beginStep(nowMs),
    stepOf: (side) => sides[side].window.step(),
    windowOf,
    summaryOf: (side, nowMs) => summaryIn(windowOf(side, nowMs)),
    slotsOf(sideIndex, nowMs) {
      markSide(sides[sideIndex], nowMs);
      return sides[sideIndex].window.slots(nowMs);
    },
    latencyOf(sideIndex, nowMs) {
      const side = sides[sideIndex];
      const { latency, firstSlot } = side.window.totals(nowMs);
      return { scale, counts: withWaiting(side, latency, nowMs, firstSlot) };
    },
    inFlight: (side) => tally.inFlight(side),
    traceIdsOf: (side, measure) => sides[side].culprits.latest(measure),
  };
}
