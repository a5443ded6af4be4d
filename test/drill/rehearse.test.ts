import { expect, it } from 'vitest';
import type { DrillStatus } from '../../src/drill/calls.ts';
import { rehearse } from '../../src/drill/rehearse.ts';
import type { DrillUpstream } from '../../src/drill/upstream.ts';
import { systemClock } from '../../src/support/clock.ts';

const scene = { name: 'it fails', fault: 'fails', stableToo: false, expected: 'rolled back' } as const;

/** A rollback of which Weir says for three looks that it is not verified yet; requests come until so many looks are over. */
function rehearsed(isOver: (looks: number) => boolean) {
  let requests = 0;
  let looks = 0;
  let phase: DrillStatus['phase'] = 'shifting';
  const upstream: DrillUpstream = {
    url: 'http://127.0.0.1:1',
    requests: () => (isOver(looks) ? requests : (requests += 20)),
    break: async () => void (phase = 'rolled-back'),
    mend: async () => {},
    close: async () => {},
  };
  const status = async (): Promise<DrillStatus> => {
    const isOut = phase === 'rolled-back';
    if (isOut) looks += 1;
    return {
      phase,
      reason: 'too many failures',
      since: new Date(systemClock.wallMs()).toISOString(),
      weights: { candidate: isOut ? 0 : 20 },
      automation: { frozen: false },
      ...(isOut && { rollback: { progress: looks > 3 ? ('verified' as const) : ('split-published' as const) } }),
    };
  };
  const change = async () => {
    phase = 'shifting';
    return { status: 200, text: '' };
  };
  const users = { look: () => ({ answers: 0, failures: 0, slow: 0 }), stop: () => {} };
  const stable = { ...upstream, break: async () => {} };
  const stage = { clock: systemClock, weir: { status, change }, stable, candidate: upstream, users };
  return rehearse({ ...stage, nextVersion: () => 'v2' }, scene);
}

it('a request that arrives before the rollback is verified is no stray', async () => {
  const { holds, reason } = await rehearsed((looks) => looks > 3);
  expect([holds, reason]).toEqual([true, 'too many failures']);
});

it('a request that arrives after it makes the row fail, and the row says so', async () => {
  const { holds, reason } = await rehearsed(() => false);
  expect([holds, reason]).toEqual([false, 'too many failures; 20 requests reached the candidate after that']);
});
