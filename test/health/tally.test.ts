import { beforeEach, describe, expect, it } from 'vitest';
import { FAILURE_REASONS, createTally } from '../../src/health/tally.ts';
import type { Tally } from '../../src/health/tally.ts';
import { OUTCOMES } from '../../src/model/outcome.ts';
import type { Outcome } from '../../src/model/outcome.ts';
import { REFUSALS } from '../../src/model/tally.ts';
import { CANDIDATE, STABLE } from '../../src/model/upstream.ts';
import { exchangeAt } from './exchange.ts';

let tally: Tally;

beforeEach(() => {
  tally = createTally(300);
});

function run(outcome: Outcome, status: number, given: { side?: 0 | 1; forced?: boolean; tookMs?: number } = {}): void {
  const { tookMs = 20, ...rest } = given;
  const exchange = exchangeAt(1000, rest);
  tally.dispatched(exchange);
  exchange.status = status;
  if (status > 0) tally.headed(exchange, 1000 + tookMs);
  tally.settled(exchange, outcome);
}

describe('the tally', () => {
  it('counts requests by side and class of status, forced ones too', () => {
    for (const status of [101, 200, 204, 301, 404, 503]) run('answered', status, { forced: true });
    run('refused', 0);
    run('answered', 200, { side: STABLE });
    const { sides } = tally.read();
    expect(sides.candidate.requestsByClass).toEqual({ '1xx': 1, '2xx': 2, '3xx': 1, '4xx': 1, '5xx': 1, none: 1 });
    expect(sides.stable.requestsByClass['2xx']).toBe(1);
  });

  it('counts a status outside the five classes as none', () => {
    run('answered', 799);
    expect(tally.read().sides.candidate.requestsByClass.none).toBe(1);
  });

  it('counts every failure under its reason, and nothing else', () => {
    for (const outcome of OUTCOMES) run(outcome, 200);
    run('answered', 500);
    const failures = tally.read().sides.candidate.failuresByReason;
    expect(Object.keys(failures)).toEqual(FAILURE_REASONS);
    expect(Object.values(failures)).toEqual(FAILURE_REASONS.map(() => 1));
    expect(FAILURE_REASONS).not.toContain('client-left');
  });

  it('counts clients that left, what was refused here and what was shielded', () => {
    run('client-left', 0);
    run('client-left', 500);
    run('refused-here', 0);
    tally.shielded();
    for (const why of REFUSALS) tally.refused(why);
    expect(tally.read()).toMatchObject({
      clientAborts: 2,
      refusalsByReason: { head: 1, busy: 1, overloaded: 1, connections: 1, 'under-way': 2 },
      shielded: 1,
    });
  });

  it('has the P95 limit among its bounds, in order, and a latency of just the limit below it', () => {
    run('answered', 200, { tookMs: 300 });
    run('answered', 200, { tookMs: 300.1 });
    run('answered', 200, { tookMs: 60_000 });
    const { boundsSeconds, counts, sumSeconds } = tally.read().sides.candidate.latency;
    expect(boundsSeconds).toEqual([0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.3, 0.5, 1, 2.5, 5, 10]);
    expect(counts).toEqual([0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 1]);
    expect(sumSeconds).toBeCloseTo(60.6001);
  });

  it('has the usual bounds once where the limit is one of them, or there is none', () => {
    const usual = createTally(null).read().sides.stable.latency.boundsSeconds;
    expect(createTally(250).read().sides.stable.latency.boundsSeconds).toEqual(usual);
  });

  it('has another P95 limit among its bounds too, and no series falls for it', () => {
    const cumulative = () => {
      const { boundsSeconds, counts } = tally.read().sides.candidate.latency;
      let sum = 0;
      return new Map([...boundsSeconds, Infinity].map((bound, bin) => [bound, (sum += counts[bin]!)]));
    };
    for (const tookMs of [310, 390, 450, 20_000]) run('answered', 200, { tookMs });
    const before = cumulative();
    for (const limitMs of [400, 300, 500, 30_000]) tally.addBound(limitMs);
    for (const [bound, count] of before) expect(cumulative().get(bound)).toBe(count);
    expect([...cumulative().keys()]).toEqual([...before.keys(), 0.4, 30].toSorted((a, b) => a - b));
    run('answered', 200, { tookMs: 350 });
    run('answered', 200, { tookMs: 29_000 });
    expect(cumulative().get(0.4)).toBe(1);
    expect(cumulative().get(0.5)).toBe(4);
    expect(cumulative().get(10)).toBe(4);
    expect(cumulative().get(30)).toBe(5);
    expect(cumulative().get(Infinity)).toBe(6);
  });

  it('stays small however often the P95 limit changes', () => {
    for (let limitMs = 1001; limitMs < 2000; limitMs++) tally.addBound(limitMs);
    const { boundsSeconds, counts } = tally.read().sides.candidate.latency;
    expect(boundsSeconds.length).toBeLessThan(50);
    expect(counts).toHaveLength(boundsSeconds.length + 1);
  });

  it('knows what is under way', () => {
    const exchange = exchangeAt(0);
    tally.dispatched(exchange);
    expect([tally.inFlight(STABLE), tally.inFlight(CANDIDATE)]).toEqual([0, 1]);
    tally.settled(exchange, 'reset');
    expect(tally.read().sides.candidate.inFlight).toBe(0);
  });
});
