import { describe, expect, it } from 'vitest';
import { documentAfter, refilled } from '../../src/fleet/document.ts';
import { reconcile } from '../../src/fleet/reconcile.ts';
import type { RolloutEvent } from '../../src/model/event.ts';
import type { Input } from '../../src/release/act.ts';
import { acted, CIRCUMSTANCES, DECLARATION, DECLARE, UNHEALTHY } from '../release/fixtures.ts';

const setWeight = (candidate: number): Input => ({
  kind: 'set-weights',
  actor: 'ann',
  reason: 'try',
  weights: { candidate },
});
const ROLL_BACK: Input = { kind: 'verdict', verdict: UNHEALTHY, traceIds: [] };
const OTHER: Input = {
  kind: 'start',
  actor: 'ann',
  reason: 'next',
  candidate: { version: 'v1.4.0', url: 'http://127.0.0.1:3002' },
};

/** The events of these inputs after the first declaration, told apart by the branch's name. */
function branch(name: string, ...inputs: readonly Input[]): readonly RolloutEvent[] {
  const { rollout } = acted([DECLARE]);
  const { events } = acted(inputs, rollout, { ...CIRCUMSTANCES, transactionId: name });
  return events;
}

const ROOT = documentAfter(null, acted([DECLARE]).events);
const after = (events: readonly RolloutEvent[]) => documentAfter(ROOT, events);

describe('reconciling', () => {
  it('adopts what descends from what is known, and knows what it knows', () => {
    const theirs = after(branch('a', setWeight(20)));
    expect(reconcile({ document: ROOT, pending: [], hasJustStarted: false }, theirs)).toEqual({
      kind: 'adopt',
      again: [],
    });
    expect(reconcile({ document: theirs, pending: [], hasJustStarted: false }, theirs)).toEqual({ kind: 'known' });
    expect(reconcile({ document: null, pending: [], hasJustStarted: false }, theirs)).toEqual({
      kind: 'adopt',
      again: [],
    });
  });

  it('recognises what was pending when it has arrived, whole or in part', () => {
    const pending = branch('a', setWeight(20), setWeight(2));
    expect(reconcile({ document: ROOT, pending, hasJustStarted: false }, after(pending))).toEqual({
      kind: 'ours',
      arrived: 2,
    });
    expect(reconcile({ document: ROOT, pending, hasJustStarted: false }, after(pending.slice(0, 1)))).toEqual({
      kind: 'ours',
      arrived: 1,
    });
  });

  it('states again that a one-time token has been used, so that it is good for nothing anywhere', () => {
    const token = { id: 'abc', expiresAtMs: Number.MAX_SAFE_INTEGER };
    const pending = branch('a', { kind: 'spend-token', token, actor: 'ann', reason: 'spent on roll-back' }, ROLL_BACK);
    const { kind, again } = {
      again: [],
      ...reconcile({ document: ROOT, pending, hasJustStarted: false }, after(branch('b', setWeight(20)))),
    };
    expect(kind).toBe('adopt');
    expect(again).toEqual([
      expect.objectContaining({ kind: 'spend-token', token, actor: 'ann', transactionId: 'a' }),
      { kind: 'fall-again', event: pending[1] },
    ]);
  });

  it('states a pending fall again on what the others have done meanwhile, and nothing that is moot', () => {
    const theirs = after(branch('b', setWeight(20)));
    for (const input of [ROLL_BACK, setWeight(1)]) {
      const pending = branch('a', input);
      const [event] = pending;
      expect(reconcile({ document: ROOT, pending, hasJustStarted: false }, theirs)).toEqual({
        kind: 'adopt',
        again: [{ kind: 'fall-again', event }],
      });
      expect(reconcile({ document: ROOT, pending, hasJustStarted: false }, after(branch('b', OTHER)))).toEqual({
        kind: 'adopt',
        again: [],
      });
    }
    const raised = branch('a', setWeight(50));
    expect(reconcile({ document: ROOT, pending: raised, hasJustStarted: false }, theirs)).toEqual({
      kind: 'adopt',
      again: [],
    });
  });

  it('says that the store stands behind, and takes from its fork what speaks against the candidate', () => {
    const mine = after(branch('a', setWeight(20), setWeight(30)));
    expect(reconcile({ document: mine, pending: [], hasJustStarted: false }, ROOT)).toEqual({
      kind: 'behind',
      again: [],
    });
    const fork = after(branch('b', ROLL_BACK));
    expect(reconcile({ document: mine, pending: [], hasJustStarted: false }, fork)).toEqual({
      kind: 'behind',
      again: [{ kind: 'fall-again', event: fork.event }],
    });
  });

  it('lets the lower share of the same candidate win between forks', () => {
    const high = after(branch('a', setWeight(20), setWeight(30)));
    const low = after(branch('b', setWeight(20), setWeight(10), setWeight(9)));
    expect(reconcile({ document: high, pending: [], hasJustStarted: false }, low)).toEqual({
      kind: 'adopt',
      again: [],
    });
    const highest = after(branch('c', setWeight(20), setWeight(10), setWeight(8), setWeight(40)));
    expect(reconcile({ document: low, pending: [], hasJustStarted: false }, highest)).toEqual({
      kind: 'adopt',
      again: [{ kind: 'fall-again', event: low.event }],
    });
  });

  it('takes out a candidate that a fork has, where more was known of another or of its rollback', () => {
    const mine = after(branch('a', OTHER));
    const fork = after(branch('b', setWeight(20), setWeight(30)));
    expect(reconcile({ document: mine, pending: [], hasJustStarted: false }, fork)).toMatchObject({
      kind: 'adopt',
      again: [{ kind: 'mistrust', version: 'v1.3.0' }],
    });
    const known = after(
      branch('a', ROLL_BACK, { ...DECLARE, declaration: { ...DECLARATION, candidate: null } } as Input),
    );
    const longer = after(branch('b', setWeight(20), setWeight(30), setWeight(31)));
    expect(reconcile({ document: known, pending: [], hasJustStarted: false }, longer)).toMatchObject({
      again: [{ kind: 'mistrust', reason: expect.stringContaining('had been taken out') }],
    });
  });

  it('takes a refill with what it knows for what it knows, and keeps what is pending', () => {
    const mine = after(branch('a', setWeight(20)));
    const pending = branch('a', setWeight(20), setWeight(2)).slice(1);
    expect(reconcile({ document: mine, pending, hasJustStarted: false }, refilled(mine, 2))).toEqual({
      kind: 'ours',
      arrived: 0,
    });
  });

  it('does not ask the fleet to follow what happened to one sidecar', () => {
    const [fallen] = branch('a', setWeight(0));
    for (const type of ['resume-refused', 'journal-set-aside'] as const) {
      const pending = [{ ...fallen!, type }];
      expect(reconcile({ document: ROOT, pending, hasJustStarted: false }, ROOT)).toEqual({ kind: 'adopt', again: [] });
    }
  });
});
