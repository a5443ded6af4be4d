import * as fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { createObserver } from '../../src/health/observe.ts';
import type { Observer } from '../../src/health/observe.ts';
import { createTally } from '../../src/health/tally.ts';
import type { Exchange, Outcome } from '../../src/model/outcome.ts';
import { OUTCOMES, isFailure } from '../../src/model/outcome.ts';
import { CANDIDATE, STABLE } from '../../src/model/upstream.ts';
import { exchangeAt } from './exchange.ts';

const LIMIT_MS = 200;
/** Ten slots of 100 ms. */
const WINDOW_MS = 1000;

let observer: Observer;

beforeEach(() => {
  observer = createObserver({ windowMs: WINDOW_MS, p95LimitMs: LIMIT_MS, tally: createTally(LIMIT_MS) });
});

function dispatch(nowMs: number, given: Partial<Exchange> = {}): Exchange {
  const exchange = exchangeAt(nowMs, given);
  observer.dispatched(exchange, nowMs);
  return exchange;
}

function head(exchange: Exchange, nowMs: number, status = 200): void {
  exchange.headAtMs = nowMs;
  exchange.status = status;
  observer.headed(exchange, nowMs);
}

const windowAt = (nowMs: number) => observer.windowOf(CANDIDATE, nowMs);

describe('observing', () => {
  it('finds nothing where there was no traffic', () => {
    expect(windowAt(500)).toEqual({ requests: 0, errors: 0, timed: 0, slow: 0, p95Ms: null, spanMs: 0 });
    expect(observer.summaryOf(CANDIDATE, 500)).toEqual({ requests: 0, errors: 0, errorRatio: null, p95Ms: null });
  });

  it('counts a request when it is dispatched, as a good one', () => {
    dispatch(500);
    expect(windowAt(510)).toMatchObject({ requests: 1, errors: 0, timed: 1, slow: 0 });
  });

  it('keeps the sides apart', () => {
    const exchange = dispatch(500, { side: STABLE });
    observer.settled(exchange, 'refused', 501);
    expect(windowAt(510).requests).toBe(0);
    expect(observer.summaryOf(STABLE, 510)).toMatchObject({ requests: 1, errors: 1, errorRatio: 1 });
  });

  it('adds a failure to the slot of dispatch, so that it leaves with its request', () => {
    const exchange = dispatch(50);
    head(exchange, 900, 503);
    observer.settled(exchange, 'answered', 950);
    expect(windowAt(950)).toMatchObject({ requests: 1, errors: 1 });
    expect(windowAt(1050)).toMatchObject({ requests: 0, errors: 0 });
  });

  it('drops an outcome that comes when its slot has left the window', () => {
    const exchange = dispatch(50);
    dispatch(1100);
    observer.settled(exchange, 'timed-out', 1150);
    expect(windowAt(1150)).toMatchObject({ requests: 1, errors: 0 });
  });

  it('counts a head that took longer than the limit as slow, and one that took exactly the limit as not', () => {
    head(dispatch(100), 300);
    expect(windowAt(300)).toMatchObject({ timed: 1, slow: 0 });
    head(dispatch(100), 300.001);
    expect(windowAt(301)).toMatchObject({ timed: 2, slow: 1 });
  });

  it('counts a hung request as slow once the limit has passed, and only once', () => {
    const exchange = dispatch(100);
    observer.markOverdue(300);
    expect(windowAt(300).slow).toBe(0);
    observer.markOverdue(301);
    observer.markOverdue(400);
    expect(windowAt(500)).toMatchObject({ timed: 1, slow: 1 });
    head(exchange, 600);
    observer.settled(exchange, 'answered', 610);
    expect(windowAt(620)).toMatchObject({ requests: 1, timed: 1, slow: 1 });
  });

  it('marks all that are overdue and none that are young, though heads come out of order', () => {
    const exchanges = [100, 110, 120, 130].map((nowMs) => dispatch(nowMs));
    head(exchanges[1]!, 150);
    dispatch(290);
    observer.markOverdue(331);
    expect(windowAt(331)).toMatchObject({ timed: 5, slow: 3 });
  });

  it('shows requests under way in the P95 at their present age', () => {
    dispatch(100);
    expect(windowAt(600).p95Ms).toBeGreaterThan(490);
    expect(windowAt(900).p95Ms).toBeGreaterThan(784);
  });

  it('takes the age of a request that ended without a head as its latency', () => {
    observer.settled(dispatch(100), 'reset', 350);
    expect(windowAt(360)).toMatchObject({ errors: 1, timed: 1, slow: 1 });
    expect(windowAt(360).p95Ms).toBeCloseTo(250, -1);
  });

  it.each(['client-left', 'poison', 'refused-here'] as const)(
    'takes a request that ended as %s out again',
    (outcome) => {
      observer.settled(dispatch(100), outcome, 150);
      expect(windowAt(160)).toEqual({ requests: 0, errors: 0, timed: 0, slow: 0, p95Ms: null, spanMs: 0 });
    },
  );

  it('keeps a request as slow when the limit had passed before the client left', () => {
    observer.settled(dispatch(100), 'client-left', 301);
    expect(windowAt(310)).toMatchObject({ requests: 0, errors: 0, timed: 1, slow: 1 });
  });

  it('keeps the latency of a head that came before the client left', () => {
    const exchange = dispatch(100);
    head(exchange, 120, 500);
    observer.settled(exchange, 'client-left', 130);
    expect(windowAt(310)).toMatchObject({ requests: 0, errors: 0, timed: 1, slow: 0 });
  });

  it('counts nothing of a forced request, but knows it is under way', () => {
    const exchange = dispatch(100, { forced: true });
    expect(observer.inFlight(CANDIDATE)).toBe(1);
    observer.markOverdue(900);
    head(exchange, 900, 500);
    observer.settled(exchange, 'answered', 910);
    expect(windowAt(920)).toMatchObject({ requests: 0, errors: 0, timed: 0, slow: 0 });
    expect(observer.inFlight(CANDIDATE)).toBe(0);
  });

  it('counts no latency for a tunnel', () => {
    const exchange = dispatch(100);
    observer.markOverdue(400);
    head(exchange, 410, 101);
    observer.settled(exchange, 'answered', 900);
    expect(windowAt(910)).toMatchObject({ requests: 1, timed: 0, slow: 0, p95Ms: null });
  });

  it('is not changed after a restart by answers of the former life', () => {
    const [headed, hung, failed] = [dispatch(100), dispatch(101), dispatch(102)];
    head(headed, 120);
    observer.restart(CANDIDATE);
    expect(windowAt(130)).toMatchObject({ requests: 0, timed: 0, p95Ms: null });
    dispatch(140);
    head(failed, 150, 500);
    observer.settled(failed, 'answered', 150);
    observer.settled(headed, 'cut-short', 150);
    observer.markOverdue(330);
    observer.settled(hung, 'client-left', 330);
    expect(windowAt(331)).toMatchObject({ requests: 1, errors: 0, timed: 1, slow: 0 });
    expect(observer.inFlight(CANDIDATE)).toBe(1);
  });

  it('reuses an exchange for its next life', () => {
    const exchange = dispatch(100);
    observer.markOverdue(400);
    observer.settled(exchange, 'timed-out', 410);
    exchange.dispatchedAtMs = 420;
    exchange.status = 0;
    observer.dispatched(exchange, 420);
    head(exchange, 430);
    observer.settled(exchange, 'answered', 431);
    expect(windowAt(440)).toMatchObject({ requests: 2, errors: 1, timed: 2, slow: 1 });
  });

  it('names the latest failed and the latest slow requests of this life', () => {
    for (let i = 1; i <= 7; i++) observer.settled(dispatch(100, { traceId: `failed-${i}` }), 'refused', 101);
    head(dispatch(100, { traceId: 'slow' }), 500);
    expect(observer.traceIdsOf(CANDIDATE, 'errors')).toEqual([
      'failed-7',
      'failed-6',
      'failed-5',
      'failed-4',
      'failed-3',
    ]);
    expect(observer.traceIdsOf(CANDIDATE, 'p95')).toEqual(['slow']);
    observer.restart(CANDIDATE);
    expect(observer.traceIdsOf(CANDIDATE, 'errors')).toEqual([]);
  });

  it('has nothing slow without a limit', () => {
    observer = createObserver({ windowMs: WINDOW_MS, p95LimitMs: null, tally: createTally(null) });
    head(dispatch(100), 900);
    observer.stalled(800, 850);
    expect(windowAt(901)).toMatchObject({ timed: 1, slow: 0 });
  });
});

describe('a stall of the event loop', () => {
  it('takes the latency of what was sent meanwhile out, but not its failures', () => {
    const exchange = dispatch(1010);
    head(exchange, 1290, 500);
    observer.stalled(1020, 1280);
    observer.settled(exchange, 'answered', 1295);
    expect(windowAt(1300)).toMatchObject({ requests: 1, errors: 1, timed: 0, slow: 0, p95Ms: null });
  });

  it('takes out a request whose limit passed meanwhile, whether its head is read before the report or after', () => {
    const [before, after, never] = [dispatch(1010), dispatch(1011), dispatch(1012)];
    head(before, 1360);
    observer.stalled(1205, 1355);
    head(after, 1361);
    observer.markOverdue(1361);
    observer.settled(never, 'timed-out', 1400);
    expect(windowAt(1400)).toMatchObject({ requests: 3, errors: 1, timed: 0, slow: 0 });
  });

  it('keeps a request whose limit had passed before', () => {
    const exchange = dispatch(1010);
    observer.stalled(1420, 1480);
    head(exchange, 1490);
    expect(windowAt(1500)).toMatchObject({ timed: 1, slow: 1 });
  });

  it('keeps a request whose limit passed when the loop had turned again', () => {
    observer = createObserver({ windowMs: 10_000, p95LimitMs: 2000, tally: createTally(2000) });
    const [quick, hung] = [dispatch(1010), dispatch(1020)];
    observer.stalled(1500, 1700);
    head(quick, 1710);
    observer.markOverdue(3021);
    head(hung, 3500);
    expect(windowAt(3600)).toMatchObject({ timed: 2, slow: 1 });
  });
});

interface Life {
  gapMs: number;
  /** Null for a request that never gets a head. */
  headAfterMs: number | null;
  /** After the head, or after the dispatch without one; null for one still under way. */
  endsAfterMs: number | null;
  outcome: Outcome;
  status: number;
}

describe('the window of an observed side', () => {
  const lives = fc.array(
    fc.record<Life>({
      gapMs: fc.oneof(fc.nat({ max: 20 }), fc.nat({ max: 300 })),
      headAfterMs: fc.option(fc.oneof(fc.nat({ max: 150 }), fc.nat({ max: 700 }))),
      endsAfterMs: fc.option(fc.nat({ max: 500 })),
      outcome: fc.constantFrom(...OUTCOMES),
      status: fc.constantFrom(200, 404, 500, 503),
    }),
    { maxLength: 40 },
  );

  it('agrees with what is true of each request, at any time', () => {
    fc.assert(
      fc.property(lives, fc.nat({ max: 1500 }), fc.boolean(), (given, restMs, beats) => {
        observer = createObserver({ windowMs: WINDOW_MS, p95LimitMs: LIMIT_MS, tally: createTally(LIMIT_MS) });
        const steps: { atMs: number; order: number; run: () => void }[] = [];
        let atMs = 0;
        const requests = given.map((life) => {
          atMs += life.gapMs;
          const exchange = exchangeAt(atMs);
          const headAtMs = life.headAfterMs === null ? Infinity : atMs + life.headAfterMs;
          const endAtMs =
            life.endsAfterMs === null ? Infinity : (headAtMs === Infinity ? atMs : headAtMs) + life.endsAfterMs;
          steps.push({ atMs, order: 0, run: () => observer.dispatched(exchange, exchange.dispatchedAtMs) });
          if (headAtMs < Infinity)
            steps.push({ atMs: headAtMs, order: 1, run: () => head(exchange, headAtMs, life.status) });
          if (endAtMs < Infinity) {
            steps.push({ atMs: endAtMs, order: 2, run: () => observer.settled(exchange, life.outcome, endAtMs) });
          }
          return { ...life, dispatchedAtMs: atMs, headAtMs, endAtMs };
        });
        const nowMs = atMs + restMs;
        if (beats) {
          for (let beatMs = 0; beatMs <= nowMs; beatMs += 100) {
            steps.push({ atMs: beatMs, order: 3, run: () => observer.markOverdue(beatMs) });
          }
        }
        steps.sort((a, b) => a.atMs - b.atMs || a.order - b.order);
        for (const step of steps) if (step.atMs <= nowMs) step.run();

        const oldestMs = (Math.floor(nowMs / 100) - 9) * 100;
        const inWindow = requests.filter((request) => request.dispatchedAtMs >= oldestMs);
        const hasEnded = (request: (typeof requests)[number]) => request.endAtMs <= nowMs;
        const hasHead = (request: (typeof requests)[number]) => request.headAtMs <= nowMs;
        const counted = inWindow.filter(
          ({ outcome, ...request }) =>
            !(hasEnded({ ...request, outcome }) && ['client-left', 'poison', 'refused-here'].includes(outcome)),
        );
        const failed = counted.filter(
          (request) => hasEnded(request) && isFailure(request.outcome, hasHead(request) ? request.status : 0),
        );
        const latencies = inWindow
          .map((request) => ({
            ms: Math.min(request.headAtMs, request.endAtMs, nowMs) - request.dispatchedAtMs,
            isAnswered: counted.includes(request) || hasHead(request),
          }))
          .filter(({ ms, isAnswered }) => isAnswered || ms > LIMIT_MS)
          .map(({ ms }) => ms)
          .toSorted((a, b) => a - b);
        const slow = latencies.filter((ms) => ms > LIMIT_MS).length;

        const window = windowAt(nowMs);
        expect(window).toMatchObject({
          requests: counted.length,
          errors: failed.length,
          timed: latencies.length,
          slow,
        });
        if (latencies.length === 0) {
          expect(window.p95Ms).toBeNull();
          return;
        }
        const exact = latencies[Math.ceil(latencies.length * 0.95) - 1]!;
        expect(window.p95Ms! > LIMIT_MS).toBe(slow * 20 > latencies.length);
        expect(Math.abs(window.p95Ms! - exact)).toBeLessThanOrEqual(0.02 * exact + 0.11);
      }),
      { numRuns: 300 },
    );
  });
});

describe('what is known since the step began', () => {
  const step = () => observer.stepOf(CANDIDATE);
  function answered(nowMs: number, status = 200): void {
    const exchange = dispatch(nowMs);
    head(exchange, nowMs + 10, status);
    observer.settled(exchange, 'answered', nowMs + 20);
  }

  it('is nothing of a request under way, except that it is slow', () => {
    dispatch(100);
    expect(step()).toEqual({ ended: 0, errors: 0, headed: 0, slow: 0 });
    observer.markOverdue(301);
    expect(step()).toEqual({ ended: 0, errors: 0, headed: 1, slow: 1 });
  });

  it('counts each request once, when its answer is known', () => {
    answered(100);
    answered(110, 500);
    const hung = dispatch(120);
    observer.markOverdue(400);
    head(hung, 450);
    expect(step()).toEqual({ ended: 2, errors: 1, headed: 3, slow: 1 });
    observer.settled(hung, 'cut-short', 460);
    expect(step()).toEqual({ ended: 3, errors: 2, headed: 3, slow: 1 });
  });

  it('outlives the window, also for failures that show only when their slot has left it', () => {
    const late = dispatch(100);
    answered(110);
    answered(5000);
    observer.settled(late, 'timed-out', 5100);
    expect(windowAt(5100)).toMatchObject({ requests: 1, errors: 0 });
    expect(step()).toMatchObject({ ended: 3, errors: 1 });
    answered(60_000);
    expect(step()).toMatchObject({ ended: 4, errors: 1 });
  });

  it('begins anew with a step and with a life, without what was sent before', () => {
    const before = dispatch(100);
    answered(110, 500);
    observer.beginStep(CANDIDATE, 250);
    observer.settled(before, 'refused', 260);
    answered(270);
    expect(step()).toMatchObject({ ended: 1, errors: 0 });
    answered(2000, 500);
    observer.restart(CANDIDATE);
    expect(step()).toEqual({ ended: 0, errors: 0, headed: 0, slow: 0 });
  });

  it('takes back the slowness of a tunnel, and of what a stall made slow', () => {
    const tunnel = dispatch(100);
    observer.markOverdue(301);
    head(tunnel, 310, 101);
    head(dispatch(1010), 1290);
    observer.stalled(1020, 1280);
    expect(step()).toMatchObject({ headed: 0, slow: 0 });
  });
});
