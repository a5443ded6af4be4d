import { describe, expect, it } from 'vitest';
import type { Command } from '../../src/model/command.ts';
import type { Rollout } from '../../src/model/rollout.ts';
import { shareOf, sidesOf } from '../../src/model/rollout.ts';
import type { Input } from '../../src/release/act.ts';
import { act } from '../../src/release/act.ts';
import type { Circumstances } from '../../src/release/change.ts';
import {
  acted,
  CANDIDATE_RELEASE,
  CIRCUMSTANCES,
  DECLARATION,
  PLAN,
  POLICY,
  SHIFTING,
  STABLE_RELEASE,
  UNHEALTHY,
} from './fixtures.ts';

const by = { actor: 'operator', reason: 'because' };
const VERDICT: Input = { kind: 'verdict', verdict: UNHEALTHY, traceIds: [] };
const planned: Input = { kind: 'declare', declaration: { ...DECLARATION, plan: PLAN }, lapsed: false };
const AT_FIRST_STEP = acted([planned]).rollout;
const advance: Command = { kind: 'advance', ...by };
const PROMOTED = acted([{ kind: 'promote', ...by }], AT_FIRST_STEP).rollout;
const forcible: Circumstances = { ...CIRCUMSTANCES, policy: { ...POLICY, allowForce: true } };

function refusalOf(input: Input, from: Rollout, circumstances = CIRCUMSTANCES): [string, string] {
  const result = act(from, input, circumstances);
  if (!('refusal' in result)) throw new Error('was not refused');
  return [result.refusal.code, result.refusal.message];
}

describe('a plan', () => {
  it('begins at its first step, whatever weight the file gives', () => {
    expect(AT_FIRST_STEP).toMatchObject({ phase: 'shifting', share: 500, step: 0, plan: PLAN, source: 'file' });
  });

  it('goes on step by step, by itself or by a person, and has an end', () => {
    const second = acted([{ kind: 'planned-step', reason: 'held' }], AT_FIRST_STEP);
    expect(second.rollout).toMatchObject({ share: 2500, step: 1, source: 'file' });
    expect(second.events[0]).toMatchObject({ type: 'advanced', actor: 'plan', step: 1 });
    const third = acted([advance], second.rollout).rollout;
    expect(third).toMatchObject({ share: 10_000, step: 2, source: 'operator' });
    expect(refusalOf(advance, third)).toEqual(['wrong-phase', expect.stringContaining('last step')]);
    expect(acted([{ kind: 'planned-step', reason: '' }], third).events).toEqual([]);
  });

  it('stays while paused, and goes on where it was', () => {
    const paused = acted([{ kind: 'pause', ...by }], AT_FIRST_STEP).rollout;
    expect(paused).toMatchObject({ phase: 'paused', share: 500, step: 0 });
    expect(acted([{ kind: 'planned-step', reason: '' }], paused).events).toEqual([]);
    expect(acted([{ kind: 'pause', ...by }], paused).events).toEqual([]);
    expect(acted([{ kind: 'resume', ...by }], paused).rollout).toMatchObject({ phase: 'shifting', step: 0 });
    expect(acted([advance], paused).rollout).toMatchObject({ phase: 'shifting', step: 1 });
  });

  it('waits after a weight set by hand, until somebody advances to the next step above it', () => {
    const byHand = acted([{ kind: 'set-weights', weights: { candidate: 10 }, ...by }], AT_FIRST_STEP).rollout;
    expect(byHand).toMatchObject({ share: 1000, step: null, plan: PLAN });
    expect(acted([{ kind: 'planned-step', reason: '' }], byHand).events).toEqual([]);
    expect(acted([advance], byHand).rollout).toMatchObject({ share: 2500, step: 1 });
  });

  it('of a command replaces the one of the file', () => {
    const plan = [{ share: 100, holdMs: 1, gate: null }];
    const candidate = { version: 'v1.4.0', url: 'http://127.0.0.1:3002' };
    expect(acted([{ kind: 'start', candidate, plan, ...by }], AT_FIRST_STEP).rollout).toMatchObject({
      share: 100,
      plan,
    });
    expect(acted([{ kind: 'start', candidate, ...by }], AT_FIRST_STEP).rollout).toMatchObject({
      share: 500,
      plan: PLAN,
    });
  });

  it('with a gate before its first step waits at 0 % until it may begin', () => {
    const plan = [{ share: 100, holdMs: 1, gate: 'http://gate/' }];
    const candidate = { version: 'v1.4.0', url: 'http://127.0.0.1:3002' };
    const waiting = acted([{ kind: 'start', candidate, plan, ...by }], AT_FIRST_STEP).rollout;
    expect(waiting).toMatchObject({ phase: 'idle', candidate, pending: plan });
    expect(acted([{ kind: 'begin', reason: '' }], waiting).rollout).toMatchObject({ phase: 'shifting', share: 100 });
  });

  it('that changes in the file goes on at the step of the same weight, or waits where there is none', () => {
    const second = acted([advance], AT_FIRST_STEP).rollout;
    const changedTo = (shares: readonly number[]): Rollout => {
      const plan = shares.map((share) => ({ share, holdMs: 1, gate: null }));
      return acted([{ kind: 'declare', declaration: { ...DECLARATION, plan }, lapsed: false }], second).rollout;
    };
    expect(changedTo([100, 500, 2500, 5000])).toMatchObject({ share: 2500, step: 2 });
    expect(changedTo([100, 5000])).toMatchObject({ share: 2500, step: null });
  });

  it.each(['pause', 'resume', 'advance', 'promote'] as const)(
    'refuses to %s where nothing moves, and says where it stands',
    (kind) => {
      const idle = acted([
        { kind: 'declare', declaration: { ...DECLARATION, candidate: null }, lapsed: false },
      ]).rollout;
      expect(refusalOf({ kind, ...by }, idle)).toEqual(['wrong-phase', expect.stringContaining('the rollout is idle')]);
    },
  );
});

describe('the time since a phase was entered', () => {
  const later: Circumstances = { ...CIRCUMSTANCES, nowMs: CIRCUMSTANCES.nowMs + 60_000 };
  const sinceAfter = (input: Input, from: Rollout) => acted([input], from, later).rollout.sinceMs - from.sinceMs;
  const third = { version: 'v1.4.0', url: 'http://127.0.0.1:3004' };

  it('begins anew with another release on trial, or the same one sent out again', () => {
    expect(sinceAfter({ kind: 'start', candidate: third, ...by }, SHIFTING)).toBe(60_000);
    expect(sinceAfter({ kind: 'start', candidate: CANDIDATE_RELEASE, ...by }, SHIFTING)).toBe(60_000);
    const registered = acted([{ kind: 'register', release: third, ...by }], PROMOTED).rollout;
    expect(sinceAfter({ kind: 'switch', version: 'v1.4.0', ...by }, registered)).toBe(60_000);
    const back = acted([{ kind: 'register', release: third, ...by }, VERDICT], SHIFTING).rollout;
    expect(sinceAfter({ kind: 'roll-back', to: 'v1.4.0', ...by }, back)).toBe(60_000);
  });

  it('goes on over another weight, a step, and what a rollback tells of its progress', () => {
    expect(sinceAfter({ kind: 'set-weights', weights: { candidate: 30 }, ...by }, SHIFTING)).toBe(0);
    expect(sinceAfter(advance, AT_FIRST_STEP)).toBe(0);
    const taken = acted([VERDICT], SHIFTING).rollout;
    expect(sinceAfter({ kind: 'progress', progress: 'split-published', reason: '' }, taken)).toBe(0);
  });
});

describe('the guards', () => {
  const held = acted([{ kind: 'pause', ...by }], AT_FIRST_STEP).rollout;
  const atEnd = acted([advance, advance], AT_FIRST_STEP).rollout;
  it.each([
    ['on a step', AT_FIRST_STEP],
    ['at a pause', held],
    ['at 100 %', atEnd],
    ['while a promotion bakes', PROMOTED],
  ])('act %s', (_where, from) => {
    const { rollout } = acted([VERDICT], from);
    expect(rollout).toMatchObject({ phase: 'rolled-back', stable: STABLE_RELEASE, candidate: CANDIDATE_RELEASE });
    expect(rollout.source).toBe('guard');
    expect(shareOf(rollout)).toBe(0);
  });
});

describe('a promotion', () => {
  it('makes the candidate stable in the record, with the former one beside it in the data path', () => {
    expect(PROMOTED).toMatchObject({
      phase: 'promoted',
      stable: CANDIDATE_RELEASE,
      candidate: null,
      former: STABLE_RELEASE,
    });
    expect(sidesOf(PROMOTED)).toEqual({ stable: STABLE_RELEASE, candidate: CANDIDATE_RELEASE });
    expect(shareOf(PROMOTED)).toBe(10_000);
  });

  it('is over with the bake, and then the former stable is a way back', () => {
    const { rollout } = acted([{ kind: 'end-bake', reason: '' }], PROMOTED);
    expect(rollout).toMatchObject({ phase: 'idle', stable: CANDIDATE_RELEASE, candidate: null });
    expect(rollout.releases.map(({ release, status }) => [release.version, status])).toEqual([
      ['v1.2.3', 'retired'],
      ['v1.3.0', 'stable'],
    ]);
    const back = acted([{ kind: 'roll-back', to: 'v1.2.3', ...by }], rollout).rollout;
    expect(back).toMatchObject({ phase: 'rolled-back', stable: STABLE_RELEASE, candidate: CANDIDATE_RELEASE });
  });

  it('is taken back by a person without naming a version', () => {
    expect(acted([{ kind: 'roll-back', ...by }], PROMOTED).rollout).toMatchObject({ stable: STABLE_RELEASE });
  });

  it('is not disturbed by a file that catches up with it', () => {
    const declaration = { ...DECLARATION, stable: CANDIDATE_RELEASE, candidate: null };
    const caughtUp = acted([{ kind: 'declare', declaration, lapsed: false }], PROMOTED).rollout;
    expect(caughtUp).toMatchObject({ phase: 'promoted', stable: CANDIDATE_RELEASE, former: STABLE_RELEASE });
  });

  it('that still bakes is no way back for the next candidate: it goes beside the release that was stable before', () => {
    const next = { version: 'v1.4.0', url: 'http://127.0.0.1:3007' };
    const started = acted([{ kind: 'start', candidate: next, plan: [], ...by }], PROMOTED);
    const declared = { ...DECLARATION, plan: PLAN, candidate: next };
    for (const { rollout } of [started, acted([{ kind: 'declare', declaration: declared, lapsed: false }], PROMOTED)]) {
      expect(rollout).toMatchObject({ phase: 'shifting', stable: STABLE_RELEASE, candidate: next, share: 500 });
      expect(rollout.releases.map(({ release, status }) => [release.version, status])).toContainEqual([
        'v1.3.0',
        'retired',
      ]);
      expect(acted([VERDICT], rollout).rollout).toMatchObject({ phase: 'rolled-back', stable: STABLE_RELEASE });
    }
    const toFormer: Command = { kind: 'start', candidate: STABLE_RELEASE, ...by };
    expect(refusalOf(toFormer, PROMOTED)).toEqual(['wrong-phase', expect.stringContaining('roll back')]);
  });

  it('is the way back for the next candidate where the file itself calls it stable', () => {
    const next = { version: 'v1.4.0', url: 'http://127.0.0.1:3007' };
    const declaration = { ...DECLARATION, stable: CANDIDATE_RELEASE, candidate: next };
    const { rollout } = acted([{ kind: 'declare', declaration, lapsed: false }], PROMOTED);
    expect(rollout).toMatchObject({ phase: 'shifting', stable: CANDIDATE_RELEASE, candidate: next });
  });

  it('goes on baking when the file names it as the candidate only now', () => {
    const byHand = acted([
      { kind: 'declare', declaration: { ...DECLARATION, candidate: null }, lapsed: false },
    ]).rollout;
    const start: Command = { kind: 'start', candidate: CANDIDATE_RELEASE, plan: [], ...by };
    const promoted = acted([start, { kind: 'promote', ...by }], byHand).rollout;
    const { rollout } = acted([{ kind: 'declare', declaration: DECLARATION, lapsed: false }], promoted);
    expect(rollout).toMatchObject({ phase: 'promoted', stable: CANDIDATE_RELEASE, former: STABLE_RELEASE });
  });

  it('may be declared by the file, which calls the candidate stable', () => {
    const declaration = { ...DECLARATION, stable: CANDIDATE_RELEASE, candidate: null };
    const { rollout } = acted([{ kind: 'declare', declaration, lapsed: false }], AT_FIRST_STEP);
    expect(rollout).toMatchObject({ phase: 'promoted', stable: CANDIDATE_RELEASE, source: 'file' });
  });

  it('names weights by the record: stable is the promoted one, and a part for the former one makes it stable again', () => {
    expect(acted([{ kind: 'set-weights', weights: { stable: 100 }, ...by }], PROMOTED).events).toEqual([]);
    expect(refusalOf({ kind: 'set-weights', weights: { candidate: 5 }, ...by }, PROMOTED)[0]).toBe('no-candidate');
    const split = acted([{ kind: 'set-weights', weights: { 'v1.2.3': 70, 'v1.3.0': 30 }, ...by }], PROMOTED).rollout;
    expect(split).toMatchObject({
      phase: 'shifting',
      stable: STABLE_RELEASE,
      candidate: CANDIDATE_RELEASE,
      share: 3000,
    });
  });
});

describe('a switch', () => {
  const blue = { version: 'v1.1.0', url: 'http://127.0.0.1:3005' };
  const known = acted([{ kind: 'register', release: blue, ...by }], AT_FIRST_STEP).rollout;

  it('gives everything to a known release in one step, and back by one more', () => {
    const green = acted([{ kind: 'switch', version: 'v1.1.0', ...by }], known).rollout;
    expect(green).toMatchObject({ phase: 'promoted', stable: blue, former: STABLE_RELEASE });
    const baked = acted([{ kind: 'end-bake', reason: '' }], green).rollout;
    const back = acted([{ kind: 'switch', version: 'v1.2.3', ...by }], baked).rollout;
    expect(back).toMatchObject({ phase: 'promoted', stable: STABLE_RELEASE, former: blue });
  });

  it('during a bake keeps as the way back the release that was stable before it, and a switch there ends the bake', () => {
    const green = acted([{ kind: 'switch', version: 'v1.1.0', ...by }], known).rollout;
    const again = acted([{ kind: 'switch', version: 'v1.3.0', ...by }], green).rollout;
    expect(again).toMatchObject({ phase: 'promoted', stable: CANDIDATE_RELEASE, former: STABLE_RELEASE });
    expect(acted([VERDICT], again).rollout).toMatchObject({ phase: 'rolled-back', stable: STABLE_RELEASE });
    const back = acted([{ kind: 'switch', version: 'v1.2.3', ...by }], again).rollout;
    expect(back).toMatchObject({ phase: 'idle', stable: STABLE_RELEASE, candidate: null });
    expect(back.releases.map(({ release, status }) => [release.version, status])).toEqual([
      ['v1.2.3', 'stable'],
      ['v1.3.0', 'retired'],
      ['v1.1.0', 'retired'],
    ]);
  });

  it('is refused to who is unknown, and to who is stable already', () => {
    expect(refusalOf({ kind: 'switch', version: 'v7', ...by }, known)).toEqual([
      'unknown-version',
      'unknown version "v7"; known: v1.2.3, v1.3.0, v1.1.0',
    ]);
    expect(refusalOf({ kind: 'switch', version: 'v1.2.3', ...by }, known)[0]).toBe('wrong-phase');
  });
});

describe('a release', () => {
  const statusesOf = (rollout: Rollout) => rollout.releases.map(({ release, status }) => [release.version, status]);
  const third = { version: 'v1.4.0', url: 'http://127.0.0.1:3004' };

  it('that another candidate has replaced is retired, and one that waits for its trial is not', () => {
    const waiting = acted([{ kind: 'register', release: { ...third, version: 'v1.5.0' }, ...by }], SHIFTING).rollout;
    const { rollout } = acted([{ kind: 'start', candidate: third, ...by }], waiting);
    expect(statusesOf(rollout)).toEqual([
      ['v1.2.3', 'stable'],
      ['v1.3.0', 'retired'],
      ['v1.5.0', 'candidate'],
      ['v1.4.0', 'candidate'],
    ]);
  });

  it('that the file does not name any more is retired, and one that was taken out stays marked as that', () => {
    const without: Input = { kind: 'declare', declaration: { ...DECLARATION, candidate: null }, lapsed: false };
    expect(statusesOf(acted([without], SHIFTING).rollout)).toContainEqual(['v1.3.0', 'retired']);
    const taken = acted([VERDICT, { kind: 'start', candidate: third, ...by }], SHIFTING).rollout;
    expect(statusesOf(taken)).toContainEqual(['v1.3.0', 'rolled-back']);
  });

  it('is registered once, and never under another address or image', () => {
    const release = { version: 'v1.1.0', url: 'http://127.0.0.1:3005', image: 'a' };
    const once = acted([{ kind: 'register', release, ...by }], SHIFTING);
    expect(once.events).toMatchObject([
      { type: 'registered', phase: 'shifting', weights: { after: { candidate: 5 } } },
    ]);
    expect(acted([{ kind: 'register', release, ...by }], once.rollout).events).toEqual([]);
    for (const other of [
      { ...release, image: 'b' },
      { ...release, url: 'http://127.0.0.1:1' },
    ]) {
      expect(refusalOf({ kind: 'register', release: other, ...by }, once.rollout)[0]).toBe('version-conflict');
      expect(refusalOf({ kind: 'start', candidate: other, ...by }, once.rollout)[0]).toBe('version-conflict');
    }
  });
});

describe('the breaker', () => {
  const start = (version: string): Input => ({
    kind: 'start',
    candidate: { version, url: 'http://127.0.0.1:3002' },
    ...by,
  });
  const inputs = [VERDICT, start('v2'), VERDICT, start('v3'), VERDICT];
  const frozen = acted(inputs, AT_FIRST_STEP);

  it('freezes at the rollback that is one too many, in the same transaction', () => {
    expect(frozen.rollout.automation).toMatchObject({ state: 'frozen', rollbacksAtMs: { length: 3 } });
    expect(frozen.events.slice(-2).map(({ type }) => type)).toEqual(['rolled-back', 'automation-frozen']);
    expect(frozen.rollout.reason).toContain('candidate failures');
  });

  it('lets nothing begin or rise, and says why', () => {
    const [code, message] = refusalOf(start('v4'), frozen.rollout);
    expect([code, message]).toEqual(['automation-frozen', expect.stringContaining('3 automatic rollbacks within 1 h')]);
    expect(refusalOf({ kind: 'switch', version: 'v2', ...by }, frozen.rollout)[0]).toBe('automation-frozen');
    expect(refusalOf({ kind: 'set-weights', weights: { candidate: 1 }, ...by }, frozen.rollout)[0]).toBe(
      'automation-frozen',
    );
  });

  it('lets a candidate of the file wait at 0 % until it is lifted', () => {
    const declaration = { ...DECLARATION, candidate: { version: 'v9', url: 'http://127.0.0.1:3002' } };
    const waiting = acted([{ kind: 'declare', declaration, lapsed: false }], frozen.rollout).rollout;
    expect(waiting).toMatchObject({ phase: 'idle', candidate: { version: 'v9' }, pending: [] });
    expect(acted([{ kind: 'begin', reason: '' }], waiting).events).toEqual([]);
    const lifted = acted(
      [
        { kind: 'set-automation', enabled: true, ...by },
        { kind: 'begin', reason: '' },
      ],
      waiting,
    );
    expect(lifted.rollout).toMatchObject({ phase: 'shifting', share: 500 });
  });

  it('begins to count anew when it is lifted', () => {
    const lifted = acted(
      [{ kind: 'set-automation', enabled: true, ...by }, start('v4'), VERDICT],
      frozen.rollout,
    ).rollout;
    expect(lifted.automation).toMatchObject({ state: 'on', rollbacksAtMs: { length: 1 } });
  });

  it('does not count what a person rolls back', () => {
    const back: Input = { kind: 'roll-back', ...by };
    expect(acted([back, start('v2'), back, start('v3'), back], AT_FIRST_STEP).rollout.automation.state).toBe('on');
  });

  it('forgets what is older than its time', () => {
    const later: Circumstances = { ...CIRCUMSTANCES, nowMs: CIRCUMSTANCES.nowMs + 3_600_000 };
    const twice = acted([VERDICT, start('v2'), VERDICT, start('v3')], AT_FIRST_STEP).rollout;
    expect(acted([VERDICT], twice, later).rollout.automation).toMatchObject({
      state: 'on',
      rollbacksAtMs: { length: 1 },
    });
  });
});

describe('force', () => {
  const frozen = acted([VERDICT], AT_FIRST_STEP, {
    ...CIRCUMSTANCES,
    policy: { ...POLICY, breaker: { rollbacks: 0, withinMs: 1000 } },
  }).rollout;
  const candidate = { version: 'v1.4.0', url: 'http://127.0.0.1:3002' };
  const start: Input = { kind: 'start', candidate, force: true, ...by };

  it('overrides the breaker and is recorded, where it is allowed', () => {
    expect(refusalOf(start, frozen)[0]).toBe('force-not-allowed');
    expect(acted([start], frozen, forcible).events).toMatchObject([
      { type: 'started', forced: true, reason: 'because' },
    ]);
  });
});

describe('a rollback', () => {
  const { rollout, events } = acted([VERDICT], AT_FIRST_STEP);

  it('is followed to its end within one transaction, in order, and changes no revision on the way', () => {
    const later: Circumstances = { ...CIRCUMSTANCES, transactionId: 't2' };
    const steps = (['split-published', 'in-flight-drained', 'verified'] as const).map((progress): Input => ({
      kind: 'progress',
      progress,
      reason: progress,
    }));
    const followed = acted(steps, rollout, later);
    expect(followed.events.map(({ progress, transactionId }) => [progress, transactionId])).toEqual([
      ['split-published', 't1'],
      ['in-flight-drained', 't1'],
      ['verified', 't1'],
    ]);
    expect(followed.rollout.revision).toBe(rollout.revision);
    expect(followed.rollout.reason).toBe(rollout.reason);
    expect(acted(steps.slice(1), rollout, later).events).toEqual([]);
    expect(events[0]!.progress).toBe('detected');
  });
});

describe('a weight of 0 % where there is nothing to lower', () => {
  const zero: Input = { kind: 'set-weights', weights: { candidate: 0 }, actor: 'operator', reason: 'to be sure' };

  it('writes nothing down when repeated', () => {
    const { rollout } = acted([zero], SHIFTING);
    expect(acted([zero], rollout).events).toEqual([]);
  });
});

describe('a release that is registered after the clock was set back', () => {
  it('is remembered, and an older one forgotten', () => {
    const register = (version: string): Input => ({
      kind: 'register',
      release: { version, url: 'http://127.0.0.1:3009' },
      ...by,
    });
    const { rollout } = acted(['w1', 'w2', 'w3', 'w4', 'w5'].map(register), SHIFTING);
    const earlier = { ...CIRCUMSTANCES, nowMs: CIRCUMSTANCES.nowMs - 3_600_000 };
    const versions = acted([register('w6')], rollout, earlier).rollout.releases.map(({ release }) => release.version);
    expect(versions).toContain('w6');
    expect(versions).not.toContain('w1');
  });
});
