import { expect, it, onTestFinished } from 'vitest';
import type { Answer } from '../../src/demo/ledger.ts';
import { createLoad } from '../../src/demo/load.ts';
import { stillClock } from '../release/fixtures.ts';
import { eventually } from '../sidecar/eventually.ts';
import { silent, startUpstream } from '../sidecar/upstream.ts';

it('keeps to its schedule, and makes up for no more than a second of it when the machine has stood still', async () => {
  const upstream = await startUpstream('v1');
  const clock = stillClock();
  const answers: Answer[] = [];
  const tell = (answer: Answer): void => void answers.push(answer);
  const load = createLoad({ port: upstream.port, ratePerSecond: 50, clock, tell });
  onTestFinished(() => load.stop());
  load.start();
  clock.advance(400);
  await eventually(() => expect(load.sent()).toBe(20));
  clock.advance(60_000);
  await eventually(() => expect(load.sent()).toBeGreaterThan(20));
  expect(load.sent()).toBe(70);
  clock.advance(100);
  await eventually(() => expect(load.sent()).toBeGreaterThan(70));
  await load.stop();
  expect([load.sent(), upstream.requests.length, answers.length]).toEqual([75, 75, 75]);
  expect(answers.every(({ status }) => status === 200)).toBe(true);
});

it('has no more requests under way than Weir may have, however few are answered', async () => {
  const upstream = await startUpstream('v1', silent);
  const clock = stillClock();
  const load = createLoad({ port: upstream.port, ratePerSecond: 2000, clock, tell: () => {} });
  load.start();
  for (const most of [500, 600, 600]) {
    clock.advance(250);
    await eventually(() => expect(load.sent()).toBe(most));
  }
  await eventually(() => expect(upstream.requests).toHaveLength(600));
  expect(load.sent()).toBe(600);
  await Promise.all([load.stop(), upstream.close()]);
});
