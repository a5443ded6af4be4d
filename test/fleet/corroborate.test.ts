import { describe, expect, it, vi } from 'vitest';
import { corroboratingMs, createSeceding, lastSlotsOf } from '../../src/fleet/corroborate.ts';
import { createJudging } from '../../src/fleet/judging.ts';
import { countedSide, rejudge } from '../../src/health/record.ts';
import type { Guards } from '../../src/model/guards.ts';
import { createPoisson } from '../../src/simulate/chance.ts';
import { seededRandom } from '../../src/support/random.ts';
import { fleetOf } from './fleet-of.ts';
import type { TestMember } from './members.ts';

/** As a configuration without a word about them has them. */
const GUARDS: Guards = {
  windowMs: 120_000,
  errorsRatio: 0.005,
  p95Ms: null,
  rule: 'evidence',
  minRequests: 20,
  falseRollbackMs: 30 * 86_400_000,
  worseThanStable: null,
};
const SLOT_MS = 500;
const SLOTS = GUARDS.windowMs / SLOT_MS;

/** A window whose last slots these are, after a long silence. */
function windowOf(requests: readonly number[], errors: readonly number[]) {
  const row = (counts: readonly number[]) => [...Array<number>(SLOTS - counts.length).fill(0), ...counts];
  const zero = row([]);
  const side = (all: number[], bad: number[]) =>
    countedSide({ requests: all, errors: bad, timed: all, slow: zero }, SLOT_MS);
  const step = () => ({ ended: 0, errors: 0, headed: 0, slow: 0 });
  return { candidate: side(row(requests), row(errors)), stable: side(zero, zero), step };
}

/** A window in which as many requests failed so many slots ago, and no other was sent. */
function failedAgo(...slotsAgo: readonly number[]) {
  const row = Array.from({ length: SLOTS }, (_, at) => slotsAgo.filter((ago) => SLOTS - 1 - ago === at).length);
  return windowOf(row, row);
}

const TWO = failedAgo(1, 2);
const judge = (observed: typeof TWO, members: number, sinceMs: number | null, guards = GUARDS) =>
  createJudging(guards).fleet(observed, { life: '1', withdrawn: sinceMs === null ? 0 : 1, members, sinceMs }).kind;

describe('what the others of a few see', () => {
  it('needs to prove less for a while after one has gone back alone', () => {
    expect(judge(TWO, 3, null)).toBe('inconclusive');
    expect(judge(TWO, 3, 1000)).toBe('unhealthy');
    expect(judge(TWO, 3, 10_001)).toBe('inconclusive');
    expect(judge(TWO, 6, 1000)).toBe('inconclusive');
    expect(judge(failedAgo(1), 3, 1000)).toBe('inconclusive');
    expect(judge(TWO, 3, 1000, { ...GUARDS, rule: 'plain' })).toBe('unhealthy');
  });

  it('counts for that only from shortly before', () => {
    expect(judge(failedAgo(10, 11), 3, 1000)).toBe('unhealthy');
    expect(judge(failedAgo(12, 13), 3, 1000)).toBe('inconclusive');
    expect(corroboratingMs(3, 1000)).toBe(6000);
    expect(lastSlotsOf(TWO, 2, SLOT_MS).candidate.slots().errors).toEqual([1, 0]);
  });

  it('takes others that are at their limit along in less than one of a hundred cases', () => {
    const random = seededRandom(5);
    const arrivals = createPoisson(random, 2 * (SLOT_MS / 1000));
    const [before, after] = [10, 20];
    const cases = 300;
    let taken = 0;
    for (let one = 0; one < cases; one++) {
      const requests = Array.from({ length: before + after }, () => arrivals());
      const errors = requests.map((count) => Array.from({ length: count }).filter(() => random() < 0.005).length);
      const isTaken = Array.from({ length: after }, (_, at) => at).some((at) => {
        const upTo = (row: number[]) => row.slice(0, before + at + 1);
        if (upTo(errors).every((count) => count === 0)) return false;
        return judge(windowOf(upTo(requests), upTo(errors)), 3, at * SLOT_MS) === 'unhealthy';
      });
      if (isTaken) taken++;
    }
    expect(taken / cases).toBeLessThan(0.01);
  });

  it('is recorded with what it had to prove, so that the verdict follows from the record', () => {
    const judging = createJudging(GUARDS);
    judging.fleet(TWO, { life: '1', withdrawn: 1, members: 3, sinceMs: 1000 });
    expect(judging.record('2')).toBeNull();
    expect(rejudge(judging.record('1')!).kind).toBe('unhealthy');
  });
});

describe('when somebody was seen to go back', () => {
  it('is when there were more than ever in this life, and not when one was found or came back', () => {
    const seceding = createSeceding();
    seceding.note('1', null, 0);
    seceding.note('1', 1, 1000);
    expect(seceding.sinceMs('1', 2000)).toBeNull();
    seceding.note('1', 2, 3000);
    expect(seceding.sinceMs('1', 5000)).toBe(2000);
    seceding.note('1', 1, 6000);
    seceding.note('1', 2, 9000);
    expect(seceding.sinceMs('1', 9000)).toBe(6000);
    expect(seceding.sinceMs('2', 9000)).toBeNull();
    seceding.note('2', 1, 10_000);
    expect(seceding.sinceMs('2', 10_000)).toBe(0);
  });
});

describe('a fleet of three of whom one has gone back alone', () => {
  const phases = (members: readonly TestMember[]) => members.map(({ control }) => control.rollout().phase);

  it('takes the candidate out by few failures of the others', async () => {
    for (const isWithdrawn of [false, true]) {
      const { members, run } = await fleetOf(3, { guards: GUARDS });
      const [first, second, third] = members as [TestMember, TestMember, TestMember];
      if (isWithdrawn) first.fleet.lowerHere('its path is broken');
      await run(1000);
      second.traffic.add(1, 1);
      third.traffic.add(1, 1);
      await run(3000);
      expect(phases(members)).toEqual(Array(3).fill(isWithdrawn ? 'rolled-back' : 'shifting'));
      if (isWithdrawn) expect(first.control.rollout().reason).toContain('2 of 2 requests');
    }
  });

  it('says so only together with its counts, though an answer was lost and they are sent again', async () => {
    const { members, run, server } = await fleetOf(3, { guards: GUARDS });
    const [first] = members as [TestMember];
    const flushes = vi.spyOn(server, 'flush');
    first.link.fate = 'reply-lost';
    first.traffic.add(2, 2);
    await run(1000);
    first.traffic.add(2, 2);
    first.link.fate = 'goes';
    await run(3000);
    expect(first.fleet.status(0).withdrawnHere).toContain('candidate failures');
    const sent = new Map<number, number>();
    const leftAtVote = new Set<number>();
    for (const [{ batch, withdrawn }] of flushes.mock.calls.filter(([flush]) => flush.member === 'pod-0')) {
      if (batch !== null)
        sent.set(
          batch.sequence,
          batch.candidate.reduce((sum, { requests }) => sum + requests, 0),
        );
      if (withdrawn) leftAtVote.add([...sent.values()].reduce((sum, requests) => sum + requests, 0));
    }
    expect([...leftAtVote]).toEqual([0]);
    expect(phases(members)).toEqual(Array(3).fill('shifting'));
  });
});
