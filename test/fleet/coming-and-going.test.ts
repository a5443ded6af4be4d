import { describe, expect, it } from 'vitest';
import { DECLARATION } from '../release/fixtures.ts';
import { fleetOf, setWeight, sumOf } from './fleet-of.ts';
import type { TestMember } from './members.ts';

const TODAY = { ...DECLARATION, candidate: { version: 'v1.9.0', url: 'http://127.0.0.1:3009' } };
const candidates = (members: readonly TestMember[]) =>
  members.map((member) => `${member.candidate()} at ${member.share()}`);
const phases = (members: readonly TestMember[]) => new Set(members.map(({ control }) => control.rollout().phase));

/** A fleet that follows a file of today, and one of it that is gone and comes back with yesterday's. */
async function fleetOfToday() {
  const fleet = await fleetOf(3);
  const { members, run, leave } = fleet;
  await members[0]!.control.take({ kind: 'declare', declaration: TODAY, lapsed: false });
  await run(3000);
  expect(candidates(members)).toEqual(Array(3).fill('v1.9.0 at 500'));
  const [, , late] = members as [TestMember, TestMember, TestMember];
  await leave(late, true);
  return { ...fleet, disk: late.disk };
}

describe('a member that comes back with its journal', () => {
  it('counts and judges together with the others, though nothing has changed meanwhile', async () => {
    const { members, run, join, leave } = await fleetOf(3);
    await members[0]!.control.ask(setWeight(20));
    await run(2000);
    const [, , late] = members as [TestMember, TestMember, TestMember];
    await leave(late);
    const again = await join('pod-2', { disk: late.disk });
    await run(3000, (member) => member.traffic.add(10, 0));
    await run(3000);
    for (const { fleet, nowMs } of members) {
      expect(sumOf(fleet.evidenceAt(nowMs()).candidate.requests)).toBe(3 * 300);
    }
    again.fleet.lowerHere('its path is broken');
    await run(1500);
    const [{ fleet, nowMs }] = members as [TestMember];
    expect(fleet.status(nowMs()).withdrawn).toBe(1);
  });

  it('has nobody else begin the window anew by what it changes', async () => {
    const { members, run, join, leave } = await fleetOf(3);
    await members[0]!.control.ask(setWeight(20));
    await run(2000, (member) => member.traffic.add(10, 0));
    const [first, , late] = members as [TestMember, TestMember, TestMember];
    await leave(late);
    const again = await join('pod-2', { disk: late.disk });
    await run(4000);
    expect(await again.control.ask(setWeight(30))).toEqual({ ok: true });
    await run(2000);
    expect(first.traffic.observed().candidate.since(0).requests).toBe(200);
  });

  it('brings nobody back to the file of yesterday that it has', async () => {
    const { members, run, join, disk } = await fleetOfToday();
    await join('pod-2', { disk });
    await run(6000);
    expect(candidates(members)).toEqual(Array(3).fill('v1.9.0 at 500'));
  });

  it.each(['with its journal', 'with an empty one'])(
    'brings nobody back to it when it has begun without the store either, %s',
    async (which) => {
      const { members, run, join, disk } = await fleetOfToday();
      const late = await join('pod-2', { fate: 'request-lost', ...(which === 'with its journal' && { disk }) });
      await run(3000);
      expect(late.share()).toBe(0);
      late.link.fate = 'goes';
      await run(8000);
      expect(candidates(members)).toEqual(Array(3).fill('v1.9.0 at 500'));
      expect(members.map(({ fleet }) => fleet.status(0).pending)).toEqual([0, 0, 0]);
    },
  );

  it('tells the others what its file has become while the store was away', async () => {
    const { members, run } = await fleetOf(3);
    await members[0]!.control.take({ kind: 'declare', declaration: TODAY, lapsed: false });
    await run(3000);
    const [lonely] = members as [TestMember];
    lonely.link.fate = 'request-lost';
    await run(3000);
    // A person has gone back to yesterday's on purpose.
    void lonely.control.take({ kind: 'declare', declaration: DECLARATION, lapsed: false });
    await members[1]!.control.ask(setWeight(20));
    lonely.link.fate = 'goes';
    await run(8000);
    expect(candidates(members)).toEqual(Array(3).fill('v1.3.0 at 500'));
  });
});

describe('the vote of a member that has gone back alone', () => {
  it('goes with it, so that it weighs no more among those who stay', async () => {
    for (const isKilled of [false, true]) {
      const { members, run, leave } = await fleetOf(4);
      const [first, second] = members as [TestMember, TestMember];
      for (const { fleet } of [first, second]) fleet.lowerHere('its path is broken');
      await run(3000);
      await leave(first, isKilled);
      await run(10_000);
      expect(members.map(({ fleet, nowMs }) => fleet.status(nowMs()).members)).toEqual([3, 3, 3]);
      expect(phases(members)).toEqual(new Set(['shifting']));
    }
  });

  it('is not weighed by a newcomer before all have come back to a store that was restarted', async () => {
    const { members, run, server, join } = await fleetOf(12);
    const withdrawn = members.slice(0, 2);
    for (const { fleet } of withdrawn) fleet.lowerHere('its path is broken');
    await run(2000);
    server.empty();
    for (const { link } of members.slice(2)) link.fate = 'request-lost';
    await run(1100);
    const newcomer = await join('newcomer');
    await run(1100);
    for (const { link } of members) link.fate = 'goes';
    await run(5000);
    expect(newcomer.fleet.status(newcomer.nowMs())).toMatchObject({ members: 13, withdrawn: 2 });
    expect(phases(members)).toEqual(new Set(['shifting']));
  });

  it('does not become that of all when the clock of the store goes ahead', async () => {
    for (let at = 0; at < 5; at++) {
      const { members, run, clock } = await fleetOf(5);
      members[at]!.fleet.lowerHere('its path is broken');
      await run(2000);
      clock.aheadMs = 60_000;
      await run(5000);
      expect(phases(members)).toEqual(new Set(['shifting']));
      expect(members[0]!.fleet.status(members[0]!.nowMs())).toMatchObject({ members: 5, withdrawn: 1 });
    }
  });
});
