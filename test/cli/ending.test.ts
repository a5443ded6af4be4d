import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { statusOf } from '../../src/admin/views.ts';
import { afterLook, endingOf, versionUnderWay, phraseEnding } from '../../src/cli/ending.ts';
import type { Rollout } from '../../src/model/rollout.ts';
import { idle, promoted, rolledBack, shifting, snapshotOf } from '../admin/fixtures.ts';

const viewOf = (rollout: Rollout) => statusOf(snapshotOf(rollout));
const baked: Rollout = { ...idle, stable: promoted.stable };
const other = { version: 'v2.0.0', url: 'http://127.0.0.1:3002' };
const another: Rollout = { ...shifting, candidate: other } as Rollout;
const anotherOut: Rollout = { ...rolledBack, candidate: other } as Rollout;

const ending = (rollout: Rollout, isSeen = true) => endingOf(viewOf(rollout), { version: 'v1.3.0', isSeen });

describe('a wait for v1.3.0', () => {
  it('goes on while it is shifting, paused, at 0 %, or baking', () => {
    for (const rollout of [shifting, { ...shifting, phase: 'paused' } as Rollout, promoted]) {
      expect(ending(rollout)).toBeNull();
    }
    expect(ending({ ...idle, candidate: promoted.stable } as Rollout)).toBeNull();
  });

  it('ends when it is stable and has baked, also while another one is on trial or taken out', () => {
    expect(ending(baked)).toBe('promoted');
    expect(ending({ ...another, stable: promoted.stable })).toBe('promoted');
    expect(ending({ ...anotherOut, stable: promoted.stable })).toBe('promoted');
  });

  it('ends when it is taken out, but not when another one was before it came', () => {
    expect(ending(rolledBack, false)).toBe('rolled-back');
    expect(ending(anotherOut, false)).toBeNull();
    expect(ending(another, false)).toBeNull();
    expect(ending(idle, false)).toBeNull();
  });

  it('ends when it was there and is there no more', () => {
    expect(ending(another)).toBe('gone');
    expect(ending(idle)).toBe('gone');
    expect(ending(anotherOut)).toBe('gone');
  });

  it('remembers that it has been there', () => {
    const looks = fc.array(fc.constantFrom<Rollout>(idle, shifting, promoted, another, baked));
    fc.assert(
      fc.property(looks, (rollouts) => {
        const views = rollouts.map(viewOf);
        const after = views.reduce((state, view) => afterLook(view, state), { version: 'v1.3.0', isSeen: false });
        expect(after.isSeen).toBe(rollouts.some((one) => one === shifting || one === promoted || one === baked));
      }),
    );
  });
});

describe('the last sentence of a wait', () => {
  it('gives as the reason of a rollback its own, and never that of whoever came after it', () => {
    const own = viewOf(rolledBack);
    expect(phraseEnding({ ending: 'rolled-back' }, 'v1.3.0', own)).toBe(`v1.3.0 was taken out: ${own.reason}`);
    const since = viewOf({ ...another, reason: 'the next try' });
    expect(phraseEnding({ ending: 'rolled-back' }, 'v1.3.0', since)).toMatch(/^v1\.3\.0 was taken out: \S+ gets /);
    const known = { ending: 'rolled-back', reason: 'too slow' } as const;
    expect(phraseEnding(known, 'v1.3.0', since)).toBe('v1.3.0 was taken out: too slow');
  });
});

describe('a wait for whatever is under way', () => {
  it('is for the candidate, for what bakes, or for nothing', () => {
    expect(versionUnderWay(viewOf(shifting))).toBe('v1.3.0');
    expect(versionUnderWay(viewOf(promoted))).toBe('v1.3.0');
    expect(versionUnderWay(viewOf(idle))).toBeNull();
  });
});
