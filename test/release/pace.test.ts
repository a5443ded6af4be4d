import { describe, expect, it } from 'vitest';
import { NO_VERDICT } from '../../src/model/verdict.ts';
import type { Input } from '../../src/release/act.ts';
import { createPacer } from '../../src/release/pace.ts';
import { acted, CANDIDATE_RELEASE, PLAN, POLICY } from './fixtures.ts';

const GATE = 'http://gate.example/';
const [first, ...rest] = PLAN;
const waiting = acted([
  {
    kind: 'start',
    candidate: CANDIDATE_RELEASE,
    plan: [{ ...first!, gate: GATE }, ...rest],
    actor: 'operator',
    reason: 'because',
  },
]).rollout;

describe('a gate', () => {
  it('is asked again when something else stood in the way after it had opened', async () => {
    let obstacle: string | null = null;
    const asked: string[] = [];
    const taken: Input[] = [];
    const pacer = createPacer({
      rollout: () => waiting,
      share: () => 0,
      policy: () => POLICY,
      obstacle: () => obstacle,
      isChecked: () => true,
      async askGate(url) {
        asked.push(url);
        return asked.length === 1 ? null : 'not now';
      },
      take: async (input) => void taken.push(input),
    });
    await pacer.beat(0, NO_VERDICT);
    obstacle = 'a passing probe of candidate';
    await pacer.beat(100, NO_VERDICT);
    obstacle = null;
    await pacer.beat(3_600_000, NO_VERDICT);
    await pacer.beat(3_600_100, NO_VERDICT);
    expect(asked).toEqual([GATE, GATE]);
    expect(taken).toEqual([]);
    expect(pacer.look(3_600_100).waitingFor).toContain('not now');
  });

  it('is what a start is said to wait for at once, and never what the step before has waited for', async () => {
    const begun = acted([
      { kind: 'start', candidate: CANDIDATE_RELEASE, plan: PLAN, actor: 'operator', reason: 'because' },
    ]).rollout;
    let rollout = begun;
    const pacer = createPacer({
      rollout: () => rollout,
      share: () => (rollout === begun ? PLAN[0]!.share : 0),
      policy: () => POLICY,
      obstacle: () => null,
      isChecked: () => true,
      askGate: async () => 'not now',
      take: async () => {},
    });
    await pacer.beat(0, NO_VERDICT);
    expect(pacer.look(0).waitingFor).toContain('the end of the hold');
    rollout = waiting;
    expect(pacer.look(50).waitingFor).toBe(`the gate ${GATE}`);
  });
});
