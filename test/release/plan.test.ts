import { describe, expect, it } from 'vitest';
import type { Policy } from '../../src/model/policy.ts';
import type { Rollout } from '../../src/model/rollout.ts';
import { NO_VERDICT } from '../../src/model/verdict.ts';
import type { Input } from '../../src/release/act.ts';
import type { Standing } from '../../src/release/plan.ts';
import { dueOf } from '../../src/release/plan.ts';
import { createPacer } from '../../src/release/pace.ts';
import { acted, DECLARATION, PLAN, POLICY, UNHEALTHY } from './fixtures.ts';

const by = { actor: 'operator', reason: 'because' };
const declare: Input = { kind: 'declare', declaration: { ...DECLARATION, plan: PLAN }, lapsed: false };
const at = (step: number): Rollout =>
  acted([declare, ...Array.from({ length: step }, (): Input => ({ kind: 'advance', ...by }))]).rollout;
const HEALTHY = { kind: 'healthy', reasons: [] } as const;

function due(rollout: Rollout, heldMs: number, policy: Partial<Policy> = {}, changes: Partial<Standing> = {}) {
  const standing = {
    rollout,
    heldMs,
    policy: { ...POLICY, ...policy },
    verdict: NO_VERDICT,
    obstacle: null,
    isChecked: true,
  };
  return dueOf({ ...standing, ...changes });
}

describe('a plan that advances by time', () => {
  it('takes its next step when the hold is over, and not a moment before', () => {
    expect(due(at(0), 9999)).toEqual({ kind: 'wait', for: 'the end of the hold (in 1 ms)' });
    expect(due(at(0), 10_000)).toEqual({ kind: 'step', step: 1, gate: null });
  });

  it('does not while the verdict is unhealthy or something speaks against it', () => {
    expect(due(at(0), 10_000, {}, { verdict: UNHEALTHY }).kind).toBe('wait');
    expect(due(at(0), 10_000, {}, { obstacle: 'a probe' })).toEqual({ kind: 'wait', for: 'a probe' });
  });
});

it('a plan that advances by proof needs a healthy verdict besides', () => {
  expect(due(at(0), 10_000, { advance: 'proof' })).toMatchObject({ for: 'proof that the candidate is healthy' });
  expect(due(at(0), 10_000, { advance: 'proof' }, { verdict: HEALTHY }).kind).toBe('step');
});

it('a plan that advances by hand waits for a person however long it has been held', () => {
  expect(due(at(0), 1e9, { advance: 'manual' })).toEqual({ kind: 'wait', for: 'a person: advance' });
});

it('the last step leads to a promotion, by itself or by a person', () => {
  expect(due(at(2), 30_000)).toEqual({ kind: 'wait', for: 'a person: promote' });
  expect(due(at(2), 29_999, { promote: 'auto' }).kind).toBe('wait');
  expect(due(at(2), 30_000, { promote: 'auto' })).toEqual({ kind: 'promote', gate: null });
});

it('a bake ends with its time', () => {
  const promoted = acted([{ kind: 'promote', ...by }], at(1)).rollout;
  expect(due(promoted, POLICY.bakeMs - 1).kind).toBe('wait');
  expect(due(promoted, POLICY.bakeMs).kind).toBe('end-bake');
});

it('a candidate that waits begins when it has passed its health check', () => {
  const policy = { ...POLICY, checksDeclared: true };
  const { rollout } = acted([declare], undefined, { service: 's', nowMs: 0, transactionId: 't', policy });
  expect(due(rollout, 0, {}, { isChecked: false })).toEqual({ kind: 'wait', for: 'the health check of the candidate' });
  expect(due(rollout, 0)).toEqual({ kind: 'begin', gate: null });
});

function pacedFrom(rollout: Rollout, answers: (string | null)[] = []) {
  const taken: string[] = [];
  const asked: string[] = [];
  const world = { rollout, share: 500, policy: POLICY };
  const pacer = createPacer({
    rollout: () => world.rollout,
    share: () => world.share,
    policy: () => world.policy,
    obstacle: () => null,
    isChecked: () => true,
    askGate: async (url) => {
      asked.push(url);
      return answers.shift() ?? null;
    },
    take: async ({ kind }) => void taken.push(kind),
  });
  return { pacer, taken, asked, world };
}

describe('the pace', () => {
  it('counts a hold only while its weight is in force', async () => {
    const { pacer, taken, world } = pacedFrom(at(0));
    world.share = 0;
    await pacer.beat(0, NO_VERDICT);
    await pacer.beat(50_000, NO_VERDICT);
    world.share = 500;
    await pacer.beat(59_999, NO_VERDICT);
    expect([taken, pacer.look(59_999).heldMs]).toEqual([[], 9999]);
    await pacer.beat(60_000, NO_VERDICT);
    expect(taken).toEqual(['planned-step']);
  });

  it('begins a hold anew after a pause', async () => {
    const { pacer, taken, world } = pacedFrom(at(0));
    await pacer.beat(0, NO_VERDICT);
    world.rollout = acted([{ kind: 'pause', ...by }], world.rollout).rollout;
    await pacer.beat(9000, NO_VERDICT);
    expect(pacer.look(9000)).toMatchObject({ heldMs: 0, waitingFor: 'a person: resume' });
    world.rollout = acted([{ kind: 'resume', ...by }], world.rollout).rollout;
    await pacer.beat(9500, NO_VERDICT);
    await pacer.beat(11_000, NO_VERDICT);
    expect(taken).toEqual([]);
  });

  it('asks a gate once, waits while it refuses, asks again after a while, and goes on when it opens', async () => {
    const plan = [PLAN[0]!, { ...PLAN[1]!, gate: 'http://gate/' }];
    const rollout = acted([{ kind: 'declare', declaration: { ...DECLARATION, plan }, lapsed: false }]).rollout;
    const { pacer, taken, asked } = pacedFrom(rollout, ['503']);
    await pacer.beat(0, NO_VERDICT);
    for (const nowMs of [10_000, 10_100, 10_200]) await pacer.beat(nowMs, NO_VERDICT);
    expect([asked.length, taken]).toEqual([1, []]);
    expect(pacer.look(10_200).waitingFor).toBe('the gate http://gate/, which said: 503');
    await pacer.beat(15_000, NO_VERDICT);
    await pacer.beat(15_100, NO_VERDICT);
    expect([asked.length, taken]).toEqual([2, ['planned-step']]);
  });
});
