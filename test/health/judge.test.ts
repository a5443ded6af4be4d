import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createJudge } from '../../src/health/judge.ts';
import type { Guards } from '../../src/model/guards.ts';
import type { Reason, Verdict } from '../../src/model/verdict.ts';
import type { Slot } from './observed.ts';
import { GUARDS, observedOf, SLOT_MS, steady } from './observed.ts';

const judgeBy = (guards: Partial<Guards> = {}) => createJudge({ ...GUARDS, ...guards }, SLOT_MS);
const judged = (candidate: readonly Slot[], guards: Partial<Guards> = {}, stable: readonly Slot[] = []): Verdict =>
  judgeBy(guards).judge(observedOf(candidate, stable));
const reasonOf = ({ reasons }: Verdict, measure: Reason['measure']): Reason =>
  reasons.find((reason) => reason.measure === measure)!;

const ERRORS_ONLY = { p95Ms: null };
const LATENCY_ONLY = { errorsRatio: null };
const WELL = steady({ requests: 10 });
const ALL_FAIL: Slot = { requests: 4, errors: 4 };

describe('judging by evidence', () => {
  it('calls no traffic inconclusive, never healthy', () => {
    const verdict = judged([]);
    expect(verdict.kind).toBe('inconclusive');
    expect(verdict.reasons.map(({ text }) => text)).toEqual([
      'candidate failures: no requests in the window',
      'candidate P95: no requests in the window',
    ]);
    expect(verdict.reasons.map(({ measured, relation }) => [measured, relation])).toEqual([
      [null, 'unknown'],
      [null, 'unknown'],
    ]);
  });

  it('calls one request inconclusive, whether it failed or not', () => {
    expect(judged([{ requests: 1 }]).kind).toBe('inconclusive');
    expect(judged([{ requests: 1, errors: 1, slow: 1 }]).kind).toBe('inconclusive');
  });

  it('calls a candidate that fails every request unhealthy after a handful, with the numbers', () => {
    const verdict = judged([ALL_FAIL], ERRORS_ONLY);
    expect(verdict.kind).toBe('unhealthy');
    const [reason] = verdict.reasons;
    expect(reason).toMatchObject({ measure: 'errors', measured: 1, relation: '>', limit: 0.005, samples: 4 });
    expect(reason!.text).toMatch(
      /^candidate failures 100 % > 0\.5 % \(4 of 4 requests in 500 ms; evidence 10\^\d+ : 1\)$/,
    );
    expect(reason!.lnEvidence).toBeGreaterThan(0);
  });

  it('rests on the time since the trouble began, though the whole window is within the limit', () => {
    const verdict = judged([...steady({ requests: 50 }), ALL_FAIL].slice(1), ERRORS_ONLY);
    expect(verdict.reasons[0]).toMatchObject({ relation: '>', measured: 1, samples: 4 });
    expect(4 / (239 * 50 + 4)).toBeLessThan(GUARDS.errorsRatio!);
  });

  it('calls a candidate unhealthy of whose requests too many are slow, without a failure', () => {
    const verdict = judged([{ requests: 8, slow: 8 }], LATENCY_ONLY);
    expect(verdict.kind).toBe('unhealthy');
    expect(verdict.reasons[0]).toMatchObject({ measure: 'p95', relation: '>', limit: 300, samples: 8 });
    expect(verdict.reasons[0]!.text).toMatch(
      /^candidate P95 > 300 ms \(8 of 8 requests slower, in 500 ms; evidence 10/,
    );
  });

  it('calls it healthy only when every limit is proven, and says by how much', () => {
    const verdict = judged(WELL);
    expect(verdict.kind).toBe('healthy');
    expect(reasonOf(verdict, 'errors').text).toBe(
      'candidate failures 0 % <= 0.5 % (0 of 2400 requests in 2 min; proven by 2400 since the step began)',
    );
    // A P95 is proven by far fewer requests than so small a share of failures.
    const early = judged(steady({ requests: 10 }, 10));
    expect(early.kind).toBe('inconclusive');
    expect(early.reasons.map(({ relation }) => relation)).toEqual(['unknown', '<=']);
    expect(reasonOf(early, 'errors').text).toBe(
      'candidate failures 0 %, limit 0.5 % (0 of 100 requests in 5 s; evidence none, broken at 10^6 : 1)',
    );
  });

  it('does not take for proven what the window speaks against', () => {
    const observed = observedOf(steady({ requests: 10, errors: 0 }));
    const late = { ...observed, candidate: observedOf([{ requests: 10, errors: 1 }]).candidate };
    expect(judgeBy(ERRORS_ONLY).judge(late).kind).toBe('inconclusive');
    const silent = { ...observed, candidate: observedOf([]).candidate };
    expect(judgeBy(ERRORS_ONLY).judge(silent).kind).toBe('inconclusive');
  });

  it('takes requests under way for no proof', () => {
    const hanging = { ...observedOf(WELL), step: () => ({ ended: 0, errors: 0, headed: 0, slow: 0 }) };
    expect(judgeBy().judge(hanging).kind).toBe('inconclusive');
  });

  it('is neither broken nor proven at the limit itself', () => {
    expect(judged(steady({ requests: 200, errors: 1 }), ERRORS_ONLY).kind).toBe('inconclusive');
  });

  it('is broken by one failure where none is allowed, in numbers that can be written down', () => {
    const verdict = judged([...WELL, { requests: 10, errors: 1 }].slice(1), { errorsRatio: 0, p95Ms: null });
    expect(verdict.kind).toBe('unhealthy');
    expect(verdict.reasons[0]!.text).toContain('evidence complete');
    expect(JSON.parse(JSON.stringify(verdict))).toEqual(verdict);
    expect(judged(WELL, { errorsRatio: 0, p95Ms: null }).kind).toBe('inconclusive');
  });

  it('holds for a limit of half of the requests and more', () => {
    expect(judged(steady({ requests: 20, errors: 10 }), { errorsRatio: 0.5, p95Ms: null }).kind).toBe('inconclusive');
    expect(judged(steady({ requests: 20, errors: 20 }), { errorsRatio: 0.98, p95Ms: null }).kind).toBe('unhealthy');
    expect(judged(steady({ requests: 20, errors: 20 }), { errorsRatio: 1, p95Ms: null }).kind).not.toBe('unhealthy');
  });

  it('holds for ten million requests in a slot', () => {
    const bad = judged(steady({ requests: 10_000_000, errors: 100_000 }), ERRORS_ONLY);
    expect(bad.kind).toBe('unhealthy');
    expect(Number.isFinite(bad.reasons[0]!.lnEvidence)).toBe(true);
    expect(judged(steady({ requests: 10_000_000, errors: 10_000 }), ERRORS_ONLY).kind).toBe('healthy');
  });

  it('says that stable fails too, when it does', () => {
    const text = (stable: Slot[]) => judged([ALL_FAIL], ERRORS_ONLY, stable).reasons[0]!.text;
    expect(text([ALL_FAIL])).toMatch(/\), and stable fails too: 100 % \(4 of 4 requests\)$/);
    expect(text([{ requests: 4 }])).not.toContain('stable');
    expect(text([...steady({ requests: 50 }, 200), { requests: 50, errors: 1 }])).not.toContain('stable');
    const slow = judged([{ requests: 8, slow: 8 }], LATENCY_ONLY, [{ requests: 8, slow: 8 }]);
    expect(slow.reasons[0]!.text).toContain('and stable is slow too: 100 % (8 of 8 requests slower)');
  });

  it('is inconclusive without a guard', () => {
    expect(judged(WELL, { errorsRatio: null, p95Ms: null })).toEqual({ kind: 'inconclusive', reasons: [] });
  });

  it('takes reasons measured elsewhere as they are', () => {
    const probe = { measure: 'probe', measured: 0.6, limit: 0.6, samples: 5, text: '3 of 5 probes failed' } as const;
    const { judge } = judgeBy();
    expect(judge(observedOf(WELL), [{ ...probe, relation: '>' }]).kind).toBe('unhealthy');
    expect(judge(observedOf(WELL), [{ ...probe, relation: '<=' }]).kind).toBe('healthy');
    expect(judge(observedOf(WELL), [{ ...probe, relation: 'unknown' }]).kind).toBe('inconclusive');
  });

  it('always says what its relations say', () => {
    const slots = fc.array(fc.tuple(fc.nat({ max: 20 }), fc.nat({ max: 20 }), fc.nat({ max: 20 })), { maxLength: 30 });
    fc.assert(
      fc.property(slots, slots, (candidate, stable) => {
        const slotsOf = (given: [number, number, number][]) =>
          given.map(([good, errors, slow]) => ({
            requests: good + errors,
            errors,
            slow: Math.min(slow, good + errors),
          }));
        const verdict = judged(slotsOf(candidate), { worseThanStable: 1.5 }, slotsOf(stable));
        const relations = verdict.reasons.map(({ relation }) => relation);
        expect(verdict.kind === 'unhealthy').toBe(relations.includes('>'));
        for (const { relation, text, lnEvidence, measured, limit, measure } of verdict.reasons) {
          expect(lnEvidence! >= 0).toBe(relation === '>');
          expect(text.includes(' > ')).toBe(relation === '>');
          if (relation === '>' && measure !== 'p95') expect(measured).toBeGreaterThan(limit);
        }
      }),
    );
  });
});

describe('the guards beside stable', () => {
  const beside = { errorsRatio: null, worseThanStable: 1.5 };
  const stable = steady({ requests: 45 });

  it('break when the candidate alone is bad, within any limit', () => {
    const verdict = judged(steady({ requests: 5, errors: 1 }, 30), beside, stable);
    expect(verdict.kind).toBe('unhealthy');
    const reason = reasonOf(verdict, 'worse-errors');
    expect(reason).toMatchObject({ relation: '>', measured: 0.2, limit: 0 });
    expect(reason.text).toMatch(
      /^candidate failures 20 % > 1\.5 × stable's 0 % \(\d+ of \d+ against 0 of \d+ requests in [\d.]+ s; evidence 10\^\d+ : 1\)$/,
    );
  });

  it('break for slowness too, where a limit says what is slow', () => {
    const slow = steady({ requests: 5, slow: 1 }, 30);
    expect(reasonOf(judged(slow, beside, stable), 'worse-p95').relation).toBe('>');
    expect(judged(slow, { ...beside, p95Ms: null }, stable).reasons.map(({ measure }) => measure)).toEqual([
      'worse-errors',
    ]);
  });

  it('are silent in an outage that hits both alike', () => {
    const outage = (requests: number) => steady({ requests, errors: requests / 2 });
    const verdict = judged(outage(4), { ...ERRORS_ONLY, ...beside, p95Ms: null }, outage(36));
    expect(verdict).toMatchObject({
      kind: 'inconclusive',
      reasons: [{ measure: 'worse-errors', relation: 'unknown' }],
    });
    expect(verdict.reasons[0]!.text).toContain("failures 50 % beside 1.5 × stable's 50 %");
  });

  it('stand in nobody’s way: health is what the limits say', () => {
    expect(judged(WELL, { worseThanStable: 1.5 }, stable).kind).toBe('healthy');
    expect(judged([ALL_FAIL], { worseThanStable: 1.5 }, [ALL_FAIL]).kind).toBe('unhealthy');
  });
});

describe('what an inconclusive verdict waits for', () => {
  const prospect = (candidate: readonly Slot[], guards: Partial<Guards> = {}) =>
    judgeBy(guards).prospect(observedOf(candidate));

  it('is so many requests without a failure, and how long they take', () => {
    const { proof, breach, text } = prospect(steady({ requests: 10 }, 10), ERRORS_ONLY);
    expect(breach).toBeNull();
    // 710 prove a limit of 0.5 %, 100 have been there, at 20 a second.
    expect(proof).toEqual({ requests: 610, ms: 30_500 });
    expect(text).toBe('610 requests more (about 31 s at the present rate) to prove that the candidate is healthy');
  });

  it('is as many as the slowest guard needs', () => {
    expect(prospect(steady({ requests: 10 }, 10)).proof).toEqual({ requests: 610, ms: 30_500 });
    expect(prospect(steady({ requests: 10 }, 10), LATENCY_ONLY).proof?.requests).toBe(0);
  });

  it('is also how soon a limit breaks at the present rate of failures, and then it does', () => {
    const failing = steady({ requests: 10, errors: 1 }, 4);
    const { proof, breach, text } = prospect(failing, ERRORS_ONLY);
    expect(proof).toBeNull();
    expect(breach!.requests).toBeGreaterThan(0);
    expect(text).toMatch(
      /^at this rate of failures no number .*; failing as they do now, \d+ requests more \(about .*\) break a limit$/,
    );
    const more = Math.ceil(breach!.requests / 10);
    expect(judged([...failing, ...steady({ requests: 10, errors: 1 }, more + 2)], ERRORS_ONLY).kind).toBe('unhealthy');
  });

  it('has no time without traffic', () => {
    const { proof, text } = prospect([], ERRORS_ONLY);
    expect(proof).toEqual({ requests: 710, ms: null });
    expect(text).toContain('there is no traffic');
  });

  it('is never where nothing may fail', () => {
    expect(prospect(WELL, { errorsRatio: 0, p95Ms: null })).toMatchObject({ proof: null, breach: null });
  });

  it('is the missing requests by the plain rule', () => {
    const { proof, text } = prospect([{ requests: 5 }], { rule: 'plain' });
    expect(proof).toEqual({ requests: 15, ms: 1500 });
    expect(text).toBe('15 requests more (about 1.5 s at the present rate) to decide');
  });
});
