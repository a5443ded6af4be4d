import { describe, expect, it } from 'vitest';
import type { Declaration } from '../../src/model/rollout.ts';
import { sidesOf } from '../../src/model/rollout.ts';
import type { Input } from '../../src/release/act.ts';
import { act } from '../../src/release/act.ts';
import { readEvents } from '../../src/release/replay.ts';
import {
  acted,
  CANDIDATE_RELEASE,
  CIRCUMSTANCES,
  DECLARATION,
  DECLARE,
  PLAN,
  STABLE_RELEASE,
  UNHEALTHY,
} from './fixtures.ts';

const by = { actor: 'operator', reason: 'because' } as const;
const declare = (declaration: Declaration): Input => ({ kind: 'declare', declaration, lapsed: false });
const STABLE_ONLY: Declaration = { ...DECLARATION, candidate: null };

describe('a file that calls stable what a person had sent out', () => {
  const places: readonly (readonly [string, readonly Input[]])[] = [
    ['rolled back', [{ kind: 'verdict', verdict: UNHEALTHY, traceIds: [] }]],
    ['set to 0 %', [{ kind: 'set-weights', weights: { candidate: 0 }, ...by }]],
  ];
  it.each(places)('leaves no candidate beside itself where that was %s, and can be replayed', (_name, inputs) => {
    const { rollout, events } = acted([
      declare(STABLE_ONLY),
      { kind: 'start', candidate: CANDIDATE_RELEASE, ...by },
      ...inputs,
      declare({ ...STABLE_ONLY, stable: CANDIDATE_RELEASE }),
    ]);
    expect(sidesOf(rollout)).toEqual({ stable: CANDIDATE_RELEASE, candidate: null });
    const lines = events.map((event) => `${JSON.stringify(event)}\n`).join('');
    expect(readEvents(Buffer.from(lines)).mistake).toBeNull();
  });

  it('leaves no candidate beside itself where that waits for its gate', () => {
    const [first, ...rest] = PLAN;
    const plan = [{ ...first!, gate: 'http://gate.example/' }, ...rest];
    const { rollout } = acted([
      declare(STABLE_ONLY),
      { kind: 'start', candidate: CANDIDATE_RELEASE, plan, ...by },
      declare({ ...STABLE_ONLY, stable: CANDIDATE_RELEASE }),
    ]);
    expect(rollout).toMatchObject({ phase: 'idle', stable: CANDIDATE_RELEASE, candidate: null, pending: null });
  });
});

describe("a file that changes an idle candidate's weight", () => {
  const idle = acted([DECLARE, { kind: 'set-weights', weights: { candidate: 0 }, ...by }]).rollout;
  const heavier = declare({ ...DECLARATION, share: 600 });

  it('sends it out', () => {
    expect(acted([heavier], idle).rollout).toMatchObject({ phase: 'shifting', share: 600 });
  });

  it('lets it wait while the breaker is frozen', () => {
    const frozen = { ...idle, automation: { state: 'frozen', reason: 'three', rollbacksAtMs: [] } } as const;
    const { rollout } = acted([heavier], frozen);
    expect(rollout).toMatchObject({ phase: 'idle', candidate: CANDIDATE_RELEASE, pending: [] });
  });

  it('lets it wait for its health check', () => {
    const policy = { ...CIRCUMSTANCES.policy, checksDeclared: true };
    const result = act(idle, heavier, { ...CIRCUMSTANCES, policy });
    expect(result).toMatchObject({ rollout: { phase: 'idle', pending: [], stable: STABLE_RELEASE } });
  });
});

describe('a file that describes anew a release that is no longer stable', () => {
  const moved = declare({ ...DECLARATION, stable: { ...STABLE_RELEASE, url: 'http://127.0.0.1:3999' } });

  it('does not undo a promotion', () => {
    const promoted = acted([DECLARE, { kind: 'promote', ...by }]).rollout;
    expect(acted([moved], promoted).rollout).toMatchObject({ phase: 'promoted', stable: CANDIDATE_RELEASE });
    const { rollout } = acted([{ kind: 'end-bake', reason: 'the bake is over' }, moved], promoted);
    expect(rollout).toMatchObject({ phase: 'idle', stable: CANDIDATE_RELEASE });
  });

  it('does not undo a return to an older release', () => {
    const older = { version: 'v1.1.0', url: 'http://127.0.0.1:2999' };
    const { rollout } = acted([
      DECLARE,
      { kind: 'register', release: older, ...by },
      { kind: 'roll-back', to: 'v1.1.0', ...by },
      moved,
    ]);
    expect(rollout).toMatchObject({ phase: 'rolled-back', stable: older });
  });

  it('moves the stable release itself', () => {
    expect(acted([DECLARE, moved]).rollout.stable.url).toBe('http://127.0.0.1:3999');
  });
});

describe('a weight that rises in the file while automation is off', () => {
  it('is not followed, and one that falls is', () => {
    const weightOf = (share: number) => {
      const { rollout } = acted([
        DECLARE,
        { kind: 'set-automation', enabled: false, ...by },
        declare({ ...DECLARATION, share }),
      ]);
      return rollout.phase === 'shifting' ? rollout.share : 0;
    };
    expect([weightOf(9000), weightOf(100)]).toEqual([DECLARATION.share, 100]);
  });
});
