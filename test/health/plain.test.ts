import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createJudge } from '../../src/health/judge.ts';
import type { Counts } from '../../src/health/observe.ts';
import type { Guards } from '../../src/model/guards.ts';
import { sideOf, SLOT_MS } from './observed.ts';

const GUARDS: Guards = {
  windowMs: 120_000,
  errorsRatio: 0.005,
  p95Ms: 200,
  rule: 'plain',
  minRequests: 20,
  falseRollbackMs: 30 * 86_400_000,
  worseThanStable: null,
};
const EMPTY: Counts = { requests: 0, errors: 0, timed: 0, slow: 0, p95Ms: null, spanMs: 0 };
const WELL: Counts = { requests: 500, errors: 1, timed: 500, slow: 2, p95Ms: 120.4, spanMs: 41_230 };

function judge({ guards, window, stable = EMPTY }: { guards: Guards; window: Counts; stable?: Counts }) {
  const side = (counts: Counts) => ({ ...sideOf([]), since: () => counts });
  const step = () => ({ ended: 0, errors: 0, headed: 0, slow: 0 });
  return createJudge(guards, SLOT_MS).judge({ candidate: side(window), stable: side(stable), step });
}

const judged = (window: Partial<Counts>, guards: Partial<Guards> = {}) =>
  judge({ guards: { ...GUARDS, ...guards }, window: { ...WELL, ...window } });
const textsOf = (verdict: ReturnType<typeof judge>) => verdict.reasons.map(({ text }) => text);

describe('judging by the plain rule', () => {
  it('calls no traffic inconclusive', () => {
    expect(judge({ guards: GUARDS, window: EMPTY })).toEqual({
      kind: 'inconclusive',
      reasons: [
        {
          measure: 'errors',
          measured: null,
          relation: 'unknown',
          limit: 0.005,
          samples: 0,
          text: 'candidate failures: 0 of 20 requests needed',
        },
        {
          measure: 'p95',
          measured: null,
          relation: 'unknown',
          limit: 200,
          samples: 0,
          text: 'candidate P95: 0 of 20 requests needed',
        },
      ],
    });
  });

  it('calls no traffic inconclusive even when no request is needed', () => {
    expect(judge({ guards: { ...GUARDS, minRequests: 0 }, window: EMPTY }).kind).toBe('inconclusive');
  });

  it('calls it healthy when every guard is kept', () => {
    const verdict = judged({});
    expect(verdict.kind).toBe('healthy');
    expect(textsOf(verdict)).toEqual([
      'candidate failures 0.2 % <= 0.5 % (1 of 500 requests in 41 s)',
      'candidate P95 120 ms <= 200 ms (2 of 500 requests slower, in 41 s)',
    ]);
  });

  it('calls it unhealthy when one guard is broken, with the numbers', () => {
    const verdict = judged({ errors: 36 });
    expect(verdict.kind).toBe('unhealthy');
    expect(verdict.reasons[0]).toEqual({
      measure: 'errors',
      measured: 0.072,
      relation: '>',
      limit: 0.005,
      samples: 500,
      text: 'candidate failures 7.2 % > 0.5 % (36 of 500 requests in 41 s)',
    });
  });

  it('decides the P95 by the share of slow requests', () => {
    const verdict = judged({ requests: 120, timed: 120, slow: 38, p95Ms: 452.2, spanMs: 9800 });
    expect(verdict.kind).toBe('unhealthy');
    expect(verdict.reasons[1]).toMatchObject({ measure: 'p95', measured: 452.2, relation: '>', samples: 120 });
    expect(textsOf(verdict)[1]).toBe('candidate P95 452 ms > 200 ms (38 of 120 requests slower, in 9.8 s)');
  });

  it('keeps to the limit: what equals it is within it', () => {
    expect(judged({ requests: 200, errors: 1, timed: 200, slow: 10 }).kind).toBe('healthy');
    expect(judged({ requests: 199, errors: 1 }).kind).toBe('unhealthy');
    expect(judged({ timed: 200, slow: 11, p95Ms: 204 }).kind).toBe('unhealthy');
  });

  it('is inconclusive below the number of requests needed, however they went', () => {
    const verdict = judged({ requests: 3, errors: 3, timed: 3, slow: 3, p95Ms: 900 });
    expect(verdict.kind).toBe('inconclusive');
    expect(verdict.reasons[0]).toMatchObject({ measured: 1, relation: 'unknown', samples: 3 });
    expect(textsOf(verdict)[0]).toBe('candidate failures: 3 of 20 requests needed');
  });

  it('is unhealthy by one guard while the other is inconclusive, but not healthy', () => {
    expect(judged({ errors: 36, timed: 0, slow: 0, p95Ms: null }).kind).toBe('unhealthy');
    expect(judged({ timed: 0, slow: 0, p95Ms: null }).kind).toBe('inconclusive');
  });

  it('judges by the guards there are', () => {
    expect(judge({ guards: { ...GUARDS, errorsRatio: null }, window: { ...WELL, errors: 500 } }).kind).toBe('healthy');
    expect(judge({ guards: { ...GUARDS, p95Ms: null }, window: { ...WELL, slow: 500 } }).kind).toBe('healthy');
  });

  it('is inconclusive without a guard', () => {
    const guards = { ...GUARDS, errorsRatio: null, p95Ms: null };
    expect(judge({ guards, window: WELL })).toEqual({ kind: 'inconclusive', reasons: [] });
  });

  it('says that stable fails too, once stable has enough requests to say so', () => {
    const window = { ...WELL, errors: 36 };
    const textBeside = (stable: Counts) => textsOf(judge({ guards: GUARDS, window, stable }))[0];
    expect(textBeside({ ...WELL, errors: 50 })).toBe(
      'candidate failures 7.2 % > 0.5 % (36 of 500 requests in 41 s), and stable fails too: 10 % (50 of 500 requests)',
    );
    expect(textBeside({ ...WELL, requests: 3, errors: 3 })).not.toContain('stable');
    expect(textBeside(WELL)).not.toContain('stable');
  });

  it('never lets two different numbers look equal', () => {
    expect(textsOf(judged({ requests: 1_000_000, errors: 5001, spanMs: 100 }))[0]).toBe(
      'candidate failures 0.5001 % > 0.5 % (5001 of 1000000 requests in 100 ms)',
    );
  });

  it('takes any failure as too many where none is allowed', () => {
    expect(judged({ errors: 1 }, { errorsRatio: 0 }).kind).toBe('unhealthy');
    expect(judged({ errors: 0 }, { errorsRatio: 0 }).kind).toBe('healthy');
  });

  it('always says what its relations say', () => {
    fc.assert(
      fc.property(fc.nat({ max: 300 }), fc.nat({ max: 300 }), fc.nat({ max: 40 }), (requests, errors, minRequests) => {
        const verdict = judged({ requests, errors: Math.min(requests, errors) }, { minRequests });
        const relations = verdict.reasons.map(({ relation }) => relation);
        expect(verdict.kind === 'unhealthy').toBe(relations.includes('>'));
        expect(verdict.kind === 'healthy').toBe(relations.every((relation) => relation === '<='));
      }),
    );
  });
});
