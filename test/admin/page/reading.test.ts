import { describe, expect, it } from 'vitest';
import { gaugesOf, proofOf } from '../../../src/admin/page/gauges.ts';
import { rightsOf } from '../../../src/admin/page/rights.ts';
import { columnsOf, limitsOf } from '../../../src/admin/page/series.ts';
import { paceOf, stepsOf } from '../../../src/admin/page/steps.ts';
import { warningsOf } from '../../../src/admin/page/warnings.ts';
import { wishOf } from '../../../src/admin/page/wishes.ts';
import {
  headlineOf,
  nothingJudgedOf,
  percentOf,
  spanOf,
  subjectOf,
  timeOf,
  verdictWordOf,
  zoneOf,
} from '../../../src/admin/page/words.ts';
import { statusOf } from '../../../src/admin/views.ts';
import type { Rollout } from '../../../src/model/rollout.ts';
import type { Snapshot } from '../../../src/model/status.ts';
import type { Reason } from '../../../src/model/verdict.ts';
import { sampleOf } from '../event-stream.ts';
import { candidate, eventOf, guardsOf, idle, promoted, reason, rolledBack, shifting, snapshotOf } from '../fixtures.ts';

const statusAs = (rollout: Rollout = shifting, changes: Partial<Snapshot> = {}) =>
  statusOf(snapshotOf(rollout, changes));
const undecided = (changes: Partial<Reason>) =>
  statusAs(shifting, {
    verdict: { kind: 'inconclusive', reasons: [{ ...reason, relation: 'unknown', ...changes }] },
  });
const operator = { name: 'ann', role: 'operator', authentication: 'token' } as const;
const plan = [
  { share: 500, holdMs: 60_000, gate: null },
  { share: 2500, holdMs: 60_000, gate: null },
  { share: 10_000, holdMs: 60_000, gate: null },
];
const planned = { ...shifting, plan, step: 1, share: 2500 } as Rollout;

describe('the gauges', () => {
  it('are full when a limit is broken, and only then', () => {
    expect(gaugesOf(statusAs(rolledBack), [])).toMatchObject([
      { fraction: 1, state: 'broken', name: 'Failures', value: 'limit broken' },
    ]);
    expect(gaugesOf(undecided({ lnEvidence: -0.0001 }), [])[0]!.fraction).toBeLessThan(1);
  });

  it('are empty while nothing speaks against the candidate, however long that takes at these limits', () => {
    const quiet = [sampleOf(0, { evidence: { errors: -21.5 } })];
    expect(gaugesOf(undecided({ lnEvidence: -21.5 }), quiet)[0]!.fraction).toBe(0);
    expect(gaugesOf(undecided({ lnEvidence: -21.5 }), [])[0]!.fraction).toBe(0);
  });

  it('show how far the evidence has come between the quietest second and the limit', () => {
    const quiet = [sampleOf(0, { evidence: { errors: -20 } })];
    expect(gaugesOf(undecided({ lnEvidence: -5 }), quiet)[0]!.fraction).toBeCloseTo(0.75);
  });

  it('say what they are a part of, because a bare percentage beside "Failures" is read as a rate of failures', () => {
    const quiet = [sampleOf(0, { evidence: { errors: -20 } })];
    expect(gaugesOf(undecided({ lnEvidence: -5 }), quiet)[0]!.value).toBe('75 % of the way to a reset, undecided');
    const kept = gaugesOf(undecided({ lnEvidence: -20, relation: '<=' }), quiet);
    expect(kept).toMatchObject([{ name: 'Failures', value: '0 % of the way to a reset, limit kept' }]);
  });

  it('by the plain rule show measured beside limit', () => {
    expect(gaugesOf(undecided({ measured: 0.004, limit: 0.005 }), [])[0]!.fraction).toBeCloseTo(0.8);
    expect(gaugesOf(undecided({ measured: null }), [])[0]!.fraction).toBe(0);
  });

  it('show how many of the requests that prove health have come', () => {
    const windows = { ...snapshotOf().windows, candidate: { requests: 300, errors: 0, errorRatio: 0, p95Ms: 20 } };
    const waitingFor = { proof: { requests: 100, ms: 41_000 }, breach: null, text: '' };
    expect(proofOf(statusAs(shifting, { windows, waitingFor }))).toEqual({
      fraction: 0.75,
      text: '100 more requests, about 41 s',
    });
    const never = { proof: null, breach: null, text: '' };
    expect(proofOf(statusAs(shifting, { windows, waitingFor: never }))).toMatchObject({ fraction: 0 });
    expect(proofOf(statusAs(shifting, { verdict: { kind: 'healthy', reasons: [] } }))).toMatchObject({ fraction: 1 });
    expect(proofOf(statusAs(idle))).toBeNull();
  });
});

describe('the buttons', () => {
  it.each([idle, shifting, promoted, rolledBack])('are absent for a viewer, a stranger, and before a status', (at) => {
    const absent = (rights: object) => Object.values(rights).every((right) => right === 'absent');
    expect(absent(rightsOf(statusAs(at), { ...operator, role: 'viewer' }))).toBe(true);
    expect(absent(rightsOf(statusAs(at), null))).toBe(true);
    expect(absent(rightsOf(null, operator))).toBe(true);
  });

  it('roll back whatever can be rolled back, a promotion and a waiting candidate too', () => {
    const can = (rollout: Rollout) => rightsOf(statusAs(rollout), operator)['roll-back'];
    expect([shifting, promoted, idle, rolledBack].map(can)).toEqual(['on', 'on', 'absent', 'absent']);
    expect(can({ ...idle, candidate: shifting.candidate } as Rollout)).toBe('on');
  });

  it('are there only where they can be pressed at some time: none for a candidate that is not there', () => {
    expect(new Set(Object.values(rightsOf(statusAs(idle), operator)))).toEqual(new Set(['absent']));
    const latched = rightsOf(statusAs(rolledBack), operator);
    expect(latched).toMatchObject({ 'set-weight': 'on', pause: 'absent', promote: 'absent' });
    const automation = { state: 'frozen', reason: '3 rollbacks', rollbacksAtMs: [] } as const;
    expect(rightsOf(statusAs({ ...rolledBack, automation }), operator)).toMatchObject({
      'set-weight': 'off',
      automate: 'on',
    });
  });

  it('offer to resume instead of to pause when it is paused', () => {
    const paused = { ...shifting, phase: 'paused' } as Rollout;
    expect(rightsOf(statusAs(paused), operator)).toMatchObject({ pause: 'absent', resume: 'on', promote: 'on' });
    expect(rightsOf(statusAs(shifting), operator)).toMatchObject({ pause: 'on', resume: 'absent' });
  });

  it('advance while the plan has a next step', () => {
    const at = (step: number) => rightsOf(statusAs({ ...planned, step } as Rollout), operator).advance;
    expect([at(0), at(1), at(2)]).toEqual(['on', 'on', 'off']);
    expect(rightsOf(statusAs(shifting), operator).advance).toBe('absent');
  });

  it('lift the breaker once it is frozen, and start nothing before', () => {
    const automation = { state: 'frozen', reason: '3 rollbacks', rollbacksAtMs: [] } as const;
    const frozen = rightsOf(statusAs({ ...planned, automation }), operator);
    expect(frozen).toMatchObject({ automate: 'on', advance: 'off', promote: 'off', 'roll-back': 'on' });
    expect(rightsOf(statusAs(planned), operator).automate).toBe('absent');
  });
});

describe('what a button asks for', () => {
  it('is a rollback at once, whatever became of the rollout meanwhile, with a reason only where one was given', () => {
    const order = { method: 'POST', path: '/v1/rollback', body: {}, revision: null };
    expect(wishOf('roll-back', statusAs(), 5, '')).toMatchObject({ order, question: null });
    expect(wishOf('roll-back', statusAs(), 5, 'smells').order.body).toEqual({ reason: 'smells' });
  });

  it('is asked twice where the candidate may get more, and holds only for what the person saw', () => {
    for (const action of ['set-weight', 'advance', 'promote', 'automate'] as const) {
      const { order, question } = wishOf(action, statusAs(), 25, 'why');
      expect(question).toMatch(/\?$/);
      expect(order).toMatchObject({ revision: 5, body: { reason: 'why' } });
    }
    expect(wishOf('set-weight', statusAs(), 25, '')).toMatchObject({
      order: { method: 'PUT', path: '/v1/weights', body: { candidate: 25 } },
      question: 'Set v1.3.0 from 5 % to 25 % of the requests?',
    });
  });
});

describe('the columns of the charts', () => {
  it('are requests per second of the time that passed', () => {
    const late = { ...sampleOf(2), at: new Date(Date.parse(sampleOf(0).at) + 2000).toISOString() };
    expect(columnsOf([sampleOf(0), late]).rates).toEqual([
      [95, 47.5],
      [5, 2.5],
    ]);
  });

  it('are failures over ten seconds, and nothing where there was no request', () => {
    const none = { requests: 0, failures: 0, p95Ms: null };
    const samples = [
      sampleOf(0, { sides: { stable: none, candidate: { requests: 1, failures: 1, p95Ms: 5 } } }),
      ...Array.from({ length: 9 }, (_, i) =>
        sampleOf(i + 1, { sides: { stable: none, candidate: { requests: 1, failures: 0, p95Ms: 5 } } }),
      ),
    ];
    const [stable, candidate] = columnsOf(samples).failures;
    expect(stable.every((value) => value === null)).toBe(true);
    expect([candidate[0], candidate[9]]).toEqual([100, 10]);
  });

  it('have a gap where samples are missing, and no line over it', () => {
    const { seconds, weight, rates } = columnsOf([sampleOf(0), sampleOf(60), sampleOf(61)]);
    expect(weight).toEqual([5, null, 5, 5]);
    expect(rates[0]).toHaveLength(4);
    expect(seconds).toEqual(seconds.toSorted((a, b) => a - b));
  });

  it('never go back in time, whatever the wall clock does', () => {
    expect(columnsOf([sampleOf(5), sampleOf(4), sampleOf(6)]).seconds).toHaveLength(2);
  });

  it('have the limits in force, in their own unit, and none for a guard that is off', () => {
    expect(limitsOf(guardsOf())).toEqual({ failures: 0.5, p95: 300 });
    expect(limitsOf(guardsOf({ errorsRatio: null, p95Ms: null }))).toEqual({ failures: null, p95: null });
  });
});

describe('the plan', () => {
  it('has the present step with what is left of its hold', () => {
    const pace = {
      advance: 'time',
      promote: 'manual',
      heldMs: 45_000,
      waitingFor: 'the end of the hold (in 15 s)',
    } as const;
    const steps = stepsOf(statusAs(planned, { pace }));
    expect(steps).toEqual([
      { weight: '5 %', state: 'done', hold: 'hold 1 min', fraction: 1 },
      { weight: '25 %', state: 'present', hold: '15 s of 1 min left', fraction: 0.75 },
      { weight: '100 %', state: 'ahead', hold: 'hold 1 min', fraction: 0 },
    ]);
    expect(paceOf(statusAs(planned, { pace }))).toBe('Waits for the end of the hold (in 15 s).');
  });

  it('is none where the weight is set by hand', () => {
    expect([stepsOf(statusAs()), paceOf(statusAs())]).toEqual([[], expect.stringContaining('No plan')]);
  });
});

describe('the warnings', () => {
  it('are none when all is well', () => {
    expect(warningsOf(statusAs())).toEqual([]);
  });

  it('are one for each thing that a person must know', () => {
    const status = statusAs(
      { ...shifting, automation: { state: 'frozen', reason: '3 rollbacks in 1 h', rollbacksAtMs: [] } },
      {
        share: 100,
        recording: { writable: false, error: 'no space left', sinceMs: 0 },
        reload: { successful: false, succeededAtMs: 0, triedAtMs: 0, mistakes: ['guards.p99: unknown key'] },
        splitSuspicion: '40 % instead of 5 %',
        probes: { stable: null, candidate: { up: false, failures: 3, of: 5, passes: 0, last: 'answered 500' } },
      },
    );
    const text = warningsOf(status).map(({ title, text }) => `${title}: ${text}`);
    expect(text).toHaveLength(6);
    for (const part of ['no space left', '3 rollbacks in 1 h', 'guards.p99', '40 % instead', '5 %', 'answered 500']) {
      expect(text.join('\n')).toContain(part);
    }
  });
});

describe('the warnings about stable', () => {
  it('come when it breaks the limit of the candidate, and not for a failure or two', () => {
    const titles = (requests: number, errors: number) => {
      const stable = { requests, errors, errorRatio: errors / requests, p95Ms: 2 };
      return warningsOf(statusAs(shifting, { windows: { ...snapshotOf().windows, stable } })).map(({ title }) => title);
    };
    expect(titles(687, 405)).toEqual(['Stable itself fails']);
    expect([titles(20, 2), titles(10_000, 40)]).toEqual([[], []]);
  });
});

describe('the words', () => {
  it.each([
    [0, '0 s'],
    [59_999, '59 s'],
    [60_000, '1 min'],
    [200_000, '3 min 20 s'],
    [7_500_000, '2 h 5 min'],
    [273_600_000, '3 d 4 h'],
    [-5000, '0 s'],
  ])('%d ms are %s', (ms, text) => {
    expect(spanOf(ms)).toBe(text);
  });

  it('say of an event what it was about', () => {
    const registered = { release: { version: 'v9', url: 'http://127.0.0.1:9' }, status: 'candidate', atMs: 0 } as const;
    const off = { state: 'off', reason: '', rollbacksAtMs: [] } as const;
    expect(subjectOf(eventOf(1, { type: 'rolled-back', candidate }))).toBe('v1.3.0');
    expect(subjectOf(eventOf(1, { type: 'baked', candidate: null }))).toBe('v1.2.3');
    expect(subjectOf(eventOf(1, { type: 'registered', candidate, releases: [registered] }))).toBe('v9');
    expect(subjectOf(eventOf(1, { type: 'automation-set', candidate, automation: off }))).toBe('off');
    expect(subjectOf(eventOf(1, { type: 'declared', candidate: null }))).toBe('');
  });

  it('say the day of what was not today, and what the times mean', () => {
    const at = new Date(2026, 10, 20, 3, 4, 5);
    const later = (days: number) => new Date(2026, 10, 20 + days, 12).getTime();
    expect(timeOf(at.toISOString(), later(0))).toBe('03:04:05');
    expect(timeOf(at.toISOString(), later(1))).toBe('20 Nov 03:04:05');
    expect(timeOf(at.toISOString(), later(100))).toBe('20 Nov 2026 03:04:05');
    expect([0, -120, 210].map(zoneOf)).toEqual(['UTC', 'UTC+2', 'UTC-3:30']);
  });

  it('keep the hundredths of a percent', () => {
    expect([percentOf(0.25), percentOf(5), percentOf(99.75)]).toEqual(['0.25 %', '5 %', '99.75 %']);
  });

  it('say of every phase what goes on', () => {
    const headlines = [idle, shifting, promoted, rolledBack].map((rollout) => headlineOf(statusAs(rollout)));
    expect(new Set(headlines).size).toBe(4);
    expect(headlines[1]).toBe('v1.3.0 gets 5 % of the requests, v1.2.3 the rest.');
    expect(verdictWordOf(statusAs(rolledBack))).toBe('Unhealthy when taken out');
    expect(verdictWordOf(statusAs(shifting))).toBe('Inconclusive: no requests yet');
    expect([idle, rolledBack].map((at) => nothingJudgedOf(statusAs(at)))).toEqual([
      'There is no candidate.',
      'The candidate gets no requests.',
    ]);
  });
});
