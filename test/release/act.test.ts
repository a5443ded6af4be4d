import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shareOf } from '../../src/model/rollout.ts';
import type { Input } from '../../src/release/act.ts';
import { act } from '../../src/release/act.ts';
import { blankRollout, fold } from '../../src/release/fold.ts';
import {
  acted,
  CANDIDATE_RELEASE,
  CIRCUMSTANCES,
  DECLARATION,
  DECLARE,
  EVIDENCE,
  NOW_MS,
  ROLLED_BACK,
  SHIFTING,
  STABLE_RELEASE,
  UNHEALTHY,
} from './fixtures.ts';

const by = { actor: 'operator', reason: 'because' };
const weights = (sides: Record<string, number>): Input => ({ kind: 'set-weights', weights: sides, ...by });
const refusalOf = (input: Input, from = SHIFTING): string => {
  const result = act(from, input, CIRCUMSTANCES);
  if (!('refusal' in result)) throw new Error('was not refused');
  return result.refusal.code;
};

describe('a rollout', () => {
  it('begins at the share that the file declares', () => {
    expect(SHIFTING).toMatchObject({ phase: 'shifting', share: 500, revision: 1, candidate: CANDIDATE_RELEASE });
  });

  it('begins idle without a candidate, or with one at 0 %', () => {
    expect(
      acted([{ kind: 'declare', declaration: { ...DECLARATION, candidate: null, share: 0 }, lapsed: false }]).rollout
        .phase,
    ).toBe('idle');
    expect(acted([{ kind: 'declare', declaration: { ...DECLARATION, share: 0 }, lapsed: false }]).rollout.phase).toBe(
      'idle',
    );
  });

  it('is rolled back by an unhealthy verdict, with the broken guards alone as its reasons', () => {
    expect(ROLLED_BACK).toMatchObject({
      phase: 'rolled-back',
      reason: 'candidate failures 7.2 % > 0.5 %',
      traceIds: ['abc'],
    });
    expect(ROLLED_BACK.phase === 'rolled-back' && ROLLED_BACK.reasons.map(({ measure }) => measure)).toEqual([
      'errors',
    ]);
    expect(shareOf(ROLLED_BACK)).toBe(0);
  });

  it('records what the verdict was made from', () => {
    const { events } = acted([DECLARE, { kind: 'verdict', verdict: UNHEALTHY, traceIds: [], evidence: EVIDENCE }]);
    expect(events[1]!.evidence).toEqual(EVIDENCE);
  });

  it('records who changed what, from which weights to which', () => {
    const { events } = acted([DECLARE, { kind: 'verdict', verdict: UNHEALTHY, traceIds: [] }]);
    expect(events[1]).not.toHaveProperty('evidence');
    expect(events[1]).toMatchObject({
      seq: 2,
      at: '2026-11-20T12:00:00.000Z',
      type: 'rolled-back',
      actor: 'guard',
      transactionId: 't1',
      weights: { before: { stable: 95, candidate: 5 }, after: { stable: 100, candidate: 0 } },
    });
  });

  it('stays rolled back whatever the judge says and however often the same file is read', () => {
    const later = acted([DECLARE, { kind: 'verdict', verdict: UNHEALTHY, traceIds: [] }, DECLARE], ROLLED_BACK);
    expect(later.rollout).toEqual(ROLLED_BACK);
    expect(later.events).toEqual([]);
  });

  it('keeps its latch and its reasons when the file changes the weight, the stable side or the address only', () => {
    const stable = { version: 'v1.2.4', url: 'http://127.0.0.1:3009' };
    const declaration = {
      stable,
      candidate: { ...CANDIDATE_RELEASE, url: 'http://127.0.0.1:3011' },
      share: 2500,
      plan: [],
    };
    const { rollout } = acted([{ kind: 'declare', declaration, lapsed: false }], ROLLED_BACK);
    expect(rollout).toMatchObject({
      phase: 'rolled-back',
      stable,
      reasons: [{ measure: 'errors' }],
      traceIds: ['abc'],
    });
  });

  it('leaves the latch by a weight that a person sets', () => {
    expect(acted([weights({ candidate: 10 })], ROLLED_BACK).rollout).toMatchObject({ phase: 'shifting', share: 1000 });
    expect(acted([weights({ candidate: 0 })], ROLLED_BACK).rollout.phase).toBe('idle');
  });

  it('leaves the latch by a new candidate, from the file or from a person', () => {
    const candidate = { version: 'v1.4.0', url: 'http://127.0.0.1:3002' };
    const fromFile: Input = { kind: 'declare', declaration: { ...DECLARATION, candidate }, lapsed: false };
    expect(acted([fromFile], ROLLED_BACK).rollout).toMatchObject({ phase: 'shifting', candidate });
    expect(acted([{ kind: 'start', candidate, ...by }], ROLLED_BACK).rollout).toMatchObject({
      phase: 'shifting',
      share: 500,
    });
  });

  it('goes on with a candidate that a person started when the unchanged file is read again', () => {
    const candidate = { version: 'v1.4.0', url: 'http://127.0.0.1:3002' };
    const { rollout } = acted([{ kind: 'start', candidate, ...by }, DECLARE], SHIFTING);
    expect(rollout.candidate).toEqual(candidate);
  });

  it('resumes after a short absence and starts again at 0 % after a long one', () => {
    expect(acted([DECLARE], SHIFTING).rollout).toEqual(SHIFTING);
    const { rollout, events } = acted([{ kind: 'declare', declaration: DECLARATION, lapsed: true }], SHIFTING);
    expect(rollout.phase).toBe('idle');
    expect(events[0]?.type).toBe('resume-refused');
  });

  it('is rolled back when judging itself fails', () => {
    expect(acted([{ kind: 'judge-failed', message: 'boom' }], SHIFTING).rollout.phase).toBe('rolled-back');
  });

  it('is rolled back by a person once; a second time changes nothing', () => {
    const once = acted([{ kind: 'roll-back', ...by }], SHIFTING);
    expect(once.rollout).toMatchObject({ phase: 'rolled-back', reason: 'because', reasons: [] });
    expect(acted([{ kind: 'roll-back', ...by }], once.rollout).events).toEqual([]);
  });

  it('begins rolled back when its journal was unreadable', () => {
    const input: Input = { kind: 'journal-set-aside', declaration: DECLARATION, reason: 'journal unreadable' };
    const { rollout } = acted([input]);
    expect(rollout).toMatchObject({ phase: 'rolled-back', candidate: CANDIDATE_RELEASE });
    expect(acted([DECLARE], rollout).rollout.phase).toBe('rolled-back');
  });
});

describe('weights set by a person', () => {
  it('may be named by side or by version, one or both', () => {
    for (const sides of [
      { candidate: 10 },
      { stable: 90 },
      { 'v1.3.0': 10, 'v1.2.3': 90 },
      { candidate: 10, 'v1.2.3': 90 },
    ]) {
      expect(acted([weights(sides)], SHIFTING).rollout).toMatchObject({ share: 1000 });
    }
  });

  it('are refused when they do not sum to 100, name a side twice, or leave 0..100', () => {
    expect(refusalOf(weights({ candidate: 10, stable: 91 }))).toBe('invalid-weights');
    expect(refusalOf(weights({ candidate: 10, 'v1.3.0': 10 }))).toBe('invalid-weights');
    expect(refusalOf(weights({ candidate: -1 }))).toBe('invalid-weights');
    expect(refusalOf(weights({ candidate: 100.5 }))).toBe('invalid-weights');
    expect(refusalOf(weights({ candidate: Number.NaN }))).toBe('invalid-weights');
    expect(refusalOf(weights({}))).toBe('invalid-weights');
  });

  it('name the known versions when a version is mistyped', () => {
    const result = act(SHIFTING, weights({ 'v1.3.1': 5 }), CIRCUMSTANCES);
    expect('refusal' in result && result.refusal.message).toBe('unknown version "v1.3.1"; known: v1.2.3, v1.3.0');
  });

  it('are refused without a candidate', () => {
    const idle = acted([{ kind: 'declare', declaration: { ...DECLARATION, candidate: null }, lapsed: false }]).rollout;
    expect(refusalOf(weights({ candidate: 5 }), idle)).toBe('no-candidate');
    expect(refusalOf({ kind: 'roll-back', ...by }, idle)).toBe('no-candidate');
  });

  it('are refused when somebody else was faster', () => {
    expect(refusalOf({ ...weights({ candidate: 5 }), expectedRevision: 7 } as Input)).toBe('revision-mismatch');
  });
});

describe('a version', () => {
  it('cannot be started under another address, nor as what is stable already', () => {
    expect(refusalOf({ kind: 'start', candidate: { ...CANDIDATE_RELEASE, url: 'http://127.0.0.1:9' }, ...by })).toBe(
      'version-conflict',
    );
    expect(refusalOf({ kind: 'start', candidate: STABLE_RELEASE, ...by })).toBe('version-conflict');
  });
});

describe('any sequence of inputs', () => {
  const anyInput: fc.Arbitrary<Input> = fc.oneof(
    fc.record({ candidate: fc.integer({ min: -10, max: 120 }) }).map(weights),
    fc.constantFrom<Input>(
      DECLARE,
      { kind: 'declare', declaration: DECLARATION, lapsed: true },
      { kind: 'declare', declaration: { ...DECLARATION, candidate: null }, lapsed: false },
      { kind: 'verdict', verdict: UNHEALTHY, traceIds: [] },
      { kind: 'roll-back', ...by },
      { kind: 'judge-failed', message: 'boom' },
      { kind: 'withdraw-raise', share: 100, reason: 'disk full' },
      { kind: 'start', candidate: { version: 'v1.4.0', url: 'http://127.0.0.1:3002' }, ...by },
    ),
  );

  it('keeps weights that sum to 100, replays to the same state, and always lets a person reach 0 %', () => {
    fc.assert(
      fc.property(fc.array(anyInput, { maxLength: 30 }), (inputs) => {
        const first = blankRollout(DECLARATION, NOW_MS);
        let rollout = first;
        let replayed = first;
        for (const input of inputs) {
          const result = act(rollout, input, CIRCUMSTANCES);
          if ('refusal' in result) continue;
          rollout = result.rollout;
          for (const event of result.events) {
            expect(event.weights.after.stable + event.weights.after.candidate).toBe(100);
            replayed = fold(replayed, JSON.parse(JSON.stringify(event)));
          }
          expect(replayed).toEqual(rollout);
        }
        const lowered = act(rollout, weights({ candidate: 0 }), CIRCUMSTANCES);
        expect('rollout' in lowered && shareOf(lowered.rollout)).toBe(0);
      }),
    );
  });

  it('undoes a rollback only by a command or a new version', () => {
    const byItself = anyInput.filter(({ kind }) => kind !== 'set-weights' && kind !== 'start' && kind !== 'declare');
    fc.assert(
      fc.property(fc.array(byItself), (inputs) => {
        expect(acted(inputs, ROLLED_BACK).rollout.phase).toBe('rolled-back');
      }),
    );
  });
});
