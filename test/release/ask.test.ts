import { describe, expect, it } from 'vitest';
import type { Command } from '../../src/model/command.ts';
import type { Rollout } from '../../src/model/rollout.ts';
import { act } from '../../src/release/act.ts';
import type { Input } from '../../src/release/act.ts';
import { createAsk } from '../../src/release/ask.ts';
import { acted, CANDIDATE_RELEASE, CIRCUMSTANCES, DECLARATION, PLAN, UNHEALTHY } from './fixtures.ts';

const by = { actor: 'operator', reason: 'because' } as const;
const GATED = PLAN.map((step, position) => ({ ...step, gate: `http://gate.example/${position}` }));

/** What happens while somebody outside is asked. */
function stageFrom(first: Rollout, meanwhile: () => readonly Input[]) {
  let rollout = first;
  const asked: string[] = [];
  const spent: string[] = [];
  const decide = (input: Input) => act(rollout, input, CIRCUMSTANCES);
  const happens = (): void => {
    for (const input of meanwhile()) {
      const result = decide(input);
      if ('rollout' in result) rollout = result.rollout;
    }
  };
  const control = {
    rollout: () => rollout,
    refusalOf: (command: Command) => {
      const result = decide(command);
      return 'refusal' in result ? result.refusal : null;
    },
    async spend({ kind }: Command) {
      spent.push(kind);
      return null;
    },
    async ask(command: Command) {
      const result = decide(command);
      if ('refusal' in result) return { ok: false, refusal: result.refusal } as const;
      rollout = result.rollout;
      return { ok: true } as const;
    },
  };
  const ask = createAsk({
    control,
    obstacle: () => null,
    async check() {
      happens();
      return null;
    },
    async askGate(url) {
      asked.push(url);
      happens();
      return null;
    },
  });
  return { ask, asked, spent, rollout: () => rollout };
}

const onPlan = acted([
  { kind: 'declare', declaration: { ...DECLARATION, plan: PLAN }, lapsed: false },
  { kind: 'register', release: { version: 'v1.1.0', url: 'http://127.0.0.1:2999' }, ...by },
]).rollout;

describe('a command whose checks take their time', () => {
  it('does not switch to a candidate that the guards took out meanwhile', async () => {
    const { ask, spent, rollout } = stageFrom(onPlan, () => [{ kind: 'verdict', verdict: UNHEALTHY, traceIds: [] }]);
    const answer = await ask({ kind: 'switch', version: CANDIDATE_RELEASE.version, ...by });
    expect(answer).toMatchObject({ ok: false, refusal: { code: 'wrong-phase' } });
    expect(rollout().phase).toBe('rolled-back');
    // Whoever paid with a one-time token would otherwise need another for the same command.
    expect(spent).toEqual([]);
  });

  it('does not start a candidate once more that somebody took back meanwhile', async () => {
    const { ask, rollout } = stageFrom(onPlan, () => [{ kind: 'roll-back', ...by }]);
    await ask({ kind: 'start', candidate: CANDIDATE_RELEASE, ...by });
    expect(rollout().phase).toBe('rolled-back');
  });

  it('takes no step whose own gate was never asked', async () => {
    const gated = acted([{ kind: 'start', candidate: CANDIDATE_RELEASE, plan: PLAN, ...by }], onPlan).rollout;
    const first = {
      ...gated,
      phase: 'shifting',
      candidate: CANDIDATE_RELEASE,
      share: 500,
      plan: GATED,
      step: 0,
    } as Rollout;
    const { ask, asked, rollout } = stageFrom(first, () => [{ kind: 'planned-step', reason: 'the hold is over' }]);
    expect(await ask({ kind: 'advance', ...by })).toMatchObject({ ok: false });
    expect(asked).toEqual(['http://gate.example/1']);
    expect(rollout()).toMatchObject({ step: 1 });
  });

  it('still goes back to another release when the guards were faster', async () => {
    const { ask, rollout } = stageFrom(onPlan, () => [{ kind: 'verdict', verdict: UNHEALTHY, traceIds: [] }]);
    expect(await ask({ kind: 'roll-back', to: 'v1.1.0', ...by })).toEqual({ ok: true });
    expect(rollout()).toMatchObject({ phase: 'rolled-back', stable: { version: 'v1.1.0' } });
  });
});
