import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../src/model/verdict.ts';
import { NO_VERDICT } from '../../src/model/verdict.ts';
import type { Input } from '../../src/release/act.ts';
import { createHeartbeat } from '../../src/release/heartbeat.ts';
import { EVIDENCE, ROLLED_BACK, SHIFTING, UNHEALTHY } from './fixtures.ts';

async function beaten(
  judge: () => Verdict,
  evidenceAt = () => EVIDENCE,
  rollout = SHIFTING,
  traceIdsOf = () => ['abc'],
) {
  const taken: Input[] = [];
  const take = async (input: Input) => void taken.push(input);
  let proceeded = 0;
  const proceed = async () => void (proceeded += 1);
  const heartbeat = createHeartbeat({ rollout: () => rollout, take, judge, traceIdsOf, evidenceAt, proceed });
  await heartbeat.tick(0);
  return { taken, verdict: heartbeat.verdict(), proceeded };
}

const fail = (): never => {
  throw new Error('out of memory');
};

describe('a beat', () => {
  it('takes the candidate out though its trace ids cannot be found', async () => {
    const { taken } = await beaten(() => UNHEALTHY, undefined, undefined, fail);
    expect(taken).toEqual([{ kind: 'judge-failed', message: 'out of memory' }]);
  });

  it('hands an unhealthy verdict on, with the trace ids and the requests it rests on', async () => {
    const { taken, proceeded } = await beaten(() => UNHEALTHY);
    // A rollback beats what the plan wanted in the same beat.
    expect(proceeded).toBe(0);
    expect(taken).toEqual([{ kind: 'verdict', verdict: UNHEALTHY, traceIds: ['abc'], evidence: EVIDENCE }]);
  });

  it('does nothing about any other verdict, and judges nothing while no candidate is on trial', async () => {
    expect(await beaten(() => NO_VERDICT)).toEqual({ taken: [], verdict: NO_VERDICT, proceeded: 1 });
    expect(await beaten(fail, fail, ROLLED_BACK)).toEqual({ taken: [], verdict: NO_VERDICT, proceeded: 1 });
  });

  it.each([
    ['judging', fail, () => EVIDENCE],
    ['writing down what was judged', () => UNHEALTHY, fail],
  ])('takes the candidate out when %s fails', async (_what, judge, evidenceAt) => {
    const { taken, verdict } = await beaten(judge, evidenceAt);
    expect(taken).toEqual([{ kind: 'judge-failed', message: 'out of memory' }]);
    expect(verdict).toEqual(NO_VERDICT);
  });
});
