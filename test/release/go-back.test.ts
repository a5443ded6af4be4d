import { describe, expect, it } from 'vitest';
import type { Rollout } from '../../src/model/rollout.ts';
import type { Input } from '../../src/release/act.ts';
import { act } from '../../src/release/act.ts';
import { NO_REASON } from '../../src/model/command.ts';
import { acted, CIRCUMSTANCES, POLICY, ROLLED_BACK, SHIFTING, STABLE_RELEASE, UNHEALTHY } from './fixtures.ts';

const by = { actor: 'operator', reason: 'because' };
const VERDICT: Input = { kind: 'verdict', verdict: UNHEALTHY, traceIds: [] };
const forcible = { ...CIRCUMSTANCES, policy: { ...POLICY, allowForce: true } };
const third = { version: 'v1.4.0', url: 'http://127.0.0.1:3004' };
/** v1.3.0 was taken out, and the next candidate is on its way. */
const NEXT = acted([{ kind: 'start', candidate: third, ...by }], ROLLED_BACK).rollout;
const toTakenOut: Input = { kind: 'roll-back', to: 'v1.3.0', ...by };

function refusalOf(input: Input, from: Rollout, circumstances = CIRCUMSTANCES) {
  const result = act(from, input, circumstances);
  return 'refusal' in result ? result.refusal : null;
}

describe('a rollback to a release that was itself taken out', () => {
  it('is refused, with what it was taken out for, when, and what to do instead', () => {
    expect(refusalOf(toTakenOut, NEXT)).toEqual({
      code: 'taken-out',
      message:
        'v1.3.0 was taken out at 2026-11-20T12:00:00.000Z: candidate failures 7.2 % > 0.5 %; after a rollback no guard ' +
        'would watch it: switch to v1.3.0, which keeps the guards on while it bakes, or use force where ' +
        'rollout.allowForce is on',
    });
  });

  it('is refused as well when the breaker is frozen, and when a person took it out', () => {
    const frozen = acted([VERDICT, { kind: 'start', candidate: { ...third, version: 'v2' }, ...by }, VERDICT], NEXT);
    expect(frozen.rollout.automation.state).toBe('frozen');
    expect(refusalOf(toTakenOut, frozen.rollout)?.code).toBe('taken-out');
    const byHand = acted(
      [
        { kind: 'roll-back', actor: 'ann', reason: NO_REASON },
        { kind: 'start', candidate: third, ...by },
      ],
      SHIFTING,
    ).rollout;
    expect(refusalOf(toTakenOut, byHand)?.message).toMatch(
      /^v1\.3\.0 was taken out at 2026-11-20T12:00:00\.000Z; after/,
    );
  });

  it('is done by force, where the configuration allows that', () => {
    const forced: Input = { ...toTakenOut, force: true };
    expect(refusalOf(forced, NEXT)?.code).toBe('force-not-allowed');
    expect(acted([forced], NEXT, forcible).rollout).toMatchObject({
      phase: 'rolled-back',
      stable: { version: 'v1.3.0' },
    });
  });

  it('keeps nobody from the last stable, with or without its name, nor from one that served before', () => {
    for (const to of [undefined, STABLE_RELEASE.version]) {
      const { rollout } = acted([{ kind: 'roll-back', ...(to !== undefined && { to }), ...by }], NEXT);
      expect(rollout).toMatchObject({ phase: 'rolled-back', stable: STABLE_RELEASE });
    }
    const later = acted(
      [
        { kind: 'promote', ...by },
        { kind: 'end-bake', reason: '' },
      ],
      NEXT,
    ).rollout;
    expect(acted([{ kind: 'roll-back', to: 'v1.2.3', ...by }], later).rollout.stable).toEqual(STABLE_RELEASE);
  });

  it('is refused no longer once it has been tried again', () => {
    const again = acted(
      [
        { kind: 'switch', version: 'v1.3.0', ...by },
        { kind: 'end-bake', reason: '' },
      ],
      NEXT,
    ).rollout;
    const later = acted([{ kind: 'switch', version: 'v1.2.3', ...by }], again).rollout;
    expect(refusalOf(toTakenOut, acted([{ kind: 'end-bake', reason: '' }], later).rollout)).toBeNull();
  });
});

describe('what a release was taken out for', () => {
  const reasonsIn = ({ releases }: Rollout) => releases.map(({ release, reason }) => [release.version, reason]);

  it('is remembered while it counts as taken out, whatever is said of the rollback later', () => {
    const later = acted(
      [{ kind: 'progress', progress: 'split-published', reason: 'the split is in force' }],
      ROLLED_BACK,
    );
    expect(reasonsIn(later.rollout)).toContainEqual(['v1.3.0', 'candidate failures 7.2 % > 0.5 %']);
    const again = acted([{ kind: 'switch', version: 'v1.3.0', ...by }], later.rollout);
    expect(reasonsIn(again.rollout)).toContainEqual(['v1.3.0', undefined]);
  });

  it('is cut to a bearable length, for every event carries it', () => {
    const long = acted([{ kind: 'roll-back', actor: 'ann', reason: 'x'.repeat(500) }], SHIFTING);
    expect(reasonsIn(long.rollout)).toContainEqual(['v1.3.0', `${'x'.repeat(200)}…`]);
  });
});

describe('a refusal that says where the rollout stands', () => {
  it('says why only where somebody gave a reason', () => {
    const messageAfter = (reason: string) => {
      const { rollout } = acted([{ kind: 'set-weights', weights: { candidate: 10 }, actor: 'ann', reason }], SHIFTING);
      return refusalOf({ kind: 'resume', ...by }, rollout)?.message;
    };
    expect(messageAfter('looks good')).toBe('there is nothing to resume: the rollout is shifting (looks good)');
    expect(messageAfter(NO_REASON)).toBe('there is nothing to resume: the rollout is shifting');
  });
});
