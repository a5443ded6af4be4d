import { describe, expect, it, vi } from 'vitest';
import type { FleetDocument } from '../../src/fleet/document.ts';
import { fleetOf, rollbacksIn, setWeight, sumOf } from './fleet-of.ts';
import type { TestMember } from './members.ts';
import { GUARDS, settle } from './members.ts';

describe('a fleet', () => {
  it('follows one document, which the first to come founds from its configuration', async () => {
    const { members, server } = await fleetOf(3);
    expect(members.map((member) => member.share())).toEqual([500, 500, 500]);
    expect(server.events().filter((text) => text.includes('"type":"declared"'))).toHaveLength(1);
    expect(new Set(members.map(({ control }) => control.rollout().seq)).size).toBe(1);
  });

  it('obeys a command given to any of its members', async () => {
    const { members } = await fleetOf(3);
    expect(await members[2]!.control.ask(setWeight(20))).toEqual({ ok: true });
    await settle();
    // What others write is in force when it is on the own disk, which the next beat sees.
    for (const member of members) member.beat();
    await settle();
    expect(members.map((member) => member.share())).toEqual([2000, 2000, 2000]);
  });

  it('hears of a lost notification with the next flush', async () => {
    const { members, run } = await fleetOf(3);
    members[0]!.link.isDeaf = true;
    await members[2]!.control.ask(setWeight(2));
    await run(1300);
    expect(members.map((member) => member.share())).toEqual([200, 200, 200]);
  });

  it('judges what all have seen, and takes the candidate out once', async () => {
    const { members, run, server } = await fleetOf(3);
    await run(2500, (member) => member.traffic.add(1, 1));
    expect(members.map((member) => member.share())).toEqual([0, 0, 0]);
    expect(members.map(({ control }) => control.rollout().phase)).toEqual(Array(3).fill('rolled-back'));
    expect(rollbacksIn(server.events())).toHaveLength(1);
  });

  it('needs the evidence of several for what one alone cannot show', async () => {
    const seldom = (every: number) => {
      let beats = 0;
      return (member: TestMember) => void (beats++ % every === 0 && member.traffic.add(1, 1));
    };
    const alone = await fleetOf(1);
    await alone.run(1000, seldom(10));
    expect(alone.members[0]!.share()).toBe(500);
    const many = await fleetOf(8);
    await many.run(1500, seldom(10));
    expect(many.members.map((member) => member.share())).toEqual(Array(8).fill(0));
  });

  it('loses one bad instance and goes on', async () => {
    const { members, run } = await fleetOf(5);
    await run(5000, (member) => member.traffic.add(200, member.name === 'pod-0' ? 5 : 0));
    expect(members.map((member) => member.share())).toEqual([0, 500, 500, 500, 500]);
    expect(members[0]!.fleet.status(0).withdrawnHere).toContain('failures');
    expect(members[0]!.control.rollout().phase).toBe('shifting');
  });

  it('takes the candidate out when a fifth and three have withdrawn it', async () => {
    const { members, run } = await fleetOf(5);
    const bad = new Set(['pod-0', 'pod-1', 'pod-2']);
    await run(2000, (member) => member.traffic.add(100_000, 0));
    await run(4000, (member) => member.traffic.add(bad.has(member.name) ? 200 : 100_000, bad.has(member.name) ? 5 : 0));
    expect(members.map(({ control }) => control.rollout().phase)).toEqual(Array(5).fill('rolled-back'));
    expect(members[4]!.control.rollout().reason).toContain('3 of 5 members');
  });

  it('takes the candidate out when two of three have withdrawn it, though the third has seen nothing', async () => {
    const { members, run, server } = await fleetOf(3);
    const [first, second, third] = members as [TestMember, TestMember, TestMember];
    first.fleet.lowerHere('its path is broken');
    await run(5000);
    expect(members.map((member) => member.share())).toEqual([0, 500, 500]);
    second.fleet.lowerHere('so is its');
    await run(1200);
    expect(members.map(({ control }) => control.rollout().phase)).toEqual(Array(3).fill('rolled-back'));
    expect(third.control.rollout().reason).toContain('2 of 3 members');
    expect(rollbacksIn(server.events())).toHaveLength(1);
  });

  it('has all who judge report sooner while the candidate is beyond its limit', async () => {
    const { members, run, server } = await fleetOf(3);
    const flushes = vi.spyOn(server, 'flush');
    const flushesIn = async (ms: number, failed: number) => {
      flushes.mockClear();
      // One of them fails often enough to be suspicious, and too seldom to be condemned.
      await run(
        ms,
        (member) => member.name === 'pod-0' && member.traffic.add(2, failed && member.nowMs() % 2000 < 100 ? 1 : 0),
      );
      return flushes.mock.calls.filter(([{ member }]) => member !== 'pod-0').length;
    };
    const calm = await flushesIn(4000, 0);
    expect(await flushesIn(4000, 1)).toBeGreaterThan(calm * 1.5);
    expect(members.map((member) => member.share())).toEqual([500, 500, 500]);
  });

  it('holds those who withdrew one candidate against no other', async () => {
    const { members, run } = await fleetOf(2);
    await run(6000, (member) => member.traffic.add(1, 1));
    expect(members.map(({ control }) => control.rollout().phase)).toEqual(['rolled-back', 'rolled-back']);
    const candidate = { version: 'v1.3.1', url: 'http://127.0.0.1:3002' };
    expect(await members[0]!.control.ask({ kind: 'start', actor: 'ann', reason: 'mended', candidate })).toEqual({
      ok: true,
    });
    await run(3000, (member) => member.traffic.add(1, 0));
    expect(members.map((member) => [member.share(), member.candidate()])).toEqual([
      [500, 'v1.3.1'],
      [500, 'v1.3.1'],
    ]);
  });

  it('begins with the next candidate unburdened by who had withdrawn the former one', async () => {
    const { members, run } = await fleetOf(5);
    for (const { fleet } of members.slice(0, 3)) fleet.lowerHere('its path is broken');
    await run(4000);
    expect(members.map(({ control }) => control.rollout().phase)).toEqual(Array(5).fill('rolled-back'));
    const candidate = { version: 'v1.4.0', url: 'http://127.0.0.1:3002' };
    expect(await members[4]!.control.ask({ kind: 'start', actor: 'ann', reason: 'next', candidate })).toEqual({
      ok: true,
    });
    await members[4]!.control.ask(setWeight(5));
    await run(4000);
    expect(new Set(members.map((member) => `${member.candidate()} at ${member.share()}`))).toEqual(
      new Set(['v1.4.0 at 500']),
    );
  });

  it('takes three withdrawn members for no bad release because the others have yet to come back', async () => {
    const { members, run, server } = await fleetOf(20);
    const withdrawn = members.slice(0, 3);
    for (const { fleet } of withdrawn) fleet.lowerHere('its path is broken');
    await run(3000);
    server.empty();
    for (const { link } of members.slice(3)) link.fate = 'request-lost';
    await run(1500);
    for (const { link } of members) link.fate = 'goes';
    await run(6000);
    expect(new Set(members.map(({ control }) => control.rollout().phase))).toEqual(new Set(['shifting']));
  });

  it('counts a member once whose guards have changed', async () => {
    const { members, run } = await fleetOf(5);
    for (const { fleet } of members.slice(0, 2)) fleet.lowerHere('its path is broken');
    await run(2000);
    for (const { fleet } of members) fleet.refocus({ ...GUARDS, windowMs: 20_000 });
    await run(1500);
    const { fleet, nowMs, control } = members[4]!;
    expect(fleet.status(nowMs())).toMatchObject({ members: 5, withdrawn: 2 });
    expect(control.rollout().phase).toBe('shifting');
  });

  it('has no raise come true that its proposer has given up', async () => {
    const { members, run, deliver } = await fleetOf(3);
    const [first] = members as [TestMember];
    first.link.fate = 'late';
    expect(await first.control.ask(setWeight(50))).toMatchObject({ refusal: { code: 'store-unavailable' } });
    await run(5000);
    deliver();
    await settle();
    expect(members.map((member) => member.asked())).toEqual([500, 500, 500]);
    first.link.fate = 'goes';
    await run(5000);
    expect(members.map((member) => member.share())).toEqual([500, 500, 500]);
  });

  it('goes on counting when the clock of the store goes back', async () => {
    const { members, run, clock } = await fleetOf(3);
    await run(1000, (member) => member.traffic.add(10, 0));
    clock.aheadMs = -600_000;
    await run(3000, (member) => member.traffic.add(10, 0));
    await run(3000);
    const [{ fleet, traffic, nowMs }] = members as [TestMember];
    expect(fleet.status(nowMs()).members).toBe(3);
    expect(traffic.observed().candidate.since(0).requests).toBe(400);
    expect(sumOf(fleet.evidenceAt(nowMs()).candidate.requests)).toBe(3 * 400);
  });

  it('refills a store however seldom its members speak', async () => {
    const { members, run, server } = await fleetOf(2, { flushMs: 30_000 });
    await run(100_000);
    await members[0]!.control.ask({ kind: 'roll-back', actor: 'ann', reason: 'it burns' });
    await run(35_000);
    server.empty();
    await run(150_000);
    expect(members.map(({ fleet }) => fleet.status(0).version.epoch)).toEqual([2, 2]);
  });

  it('refuses to raise while the store is away, and lowers at once', async () => {
    const { members, run, server } = await fleetOf(3);
    const [lonely] = members as [TestMember];
    lonely.link.fate = 'request-lost';
    await run(2000);
    const refused = await lonely.control.ask(setWeight(50));
    expect(refused).toMatchObject({ ok: false, refusal: { code: 'store-unavailable' } });
    expect(await lonely.control.ask(setWeight(1))).toEqual({ ok: true });
    expect(members.map((member) => member.share())).toEqual([100, 500, 500]);
    lonely.link.fate = 'goes';
    await run(2000);
    expect(members.map((member) => member.share())).toEqual([100, 100, 100]);
    expect(server.events().filter((text) => text.includes('"type":"weights-set"'))).toHaveLength(1);
  });

  it('does what was decided away on top of what the others did meanwhile', async () => {
    const { members, run, server } = await fleetOf(3);
    const [lonely, other] = members as [TestMember, TestMember];
    lonely.link.fate = 'request-lost';
    await run(2000);
    await lonely.control.ask({ kind: 'roll-back', actor: 'ann', reason: 'it burns' });
    await other.control.ask(setWeight(20));
    await run(300);
    expect(members.map((member) => member.share())).toEqual([0, 2000, 2000]);
    lonely.link.fate = 'goes';
    await run(2000);
    expect(members.map(({ control }) => control.rollout().phase)).toEqual(Array(3).fill('rolled-back'));
    expect(rollbacksIn(server.events())).toHaveLength(1);
    expect(members[1]!.control.rollout().reason).toBe('it burns');
  });

  it('withdraws a raise of which nobody can say whether the store took it', async () => {
    const { members, run } = await fleetOf(3);
    members[0]!.link.fate = 'reply-lost';
    expect(await members[0]!.control.ask(setWeight(50))).toMatchObject({ ok: false });
    members[0]!.link.fate = 'goes';
    await run(3000);
    expect(members.map((member) => member.share())).toEqual([500, 500, 500]);
  });

  it('follows nobody whose document is of a later version, and says so', async () => {
    const { members, run, server } = await fleetOf(2);
    const document = JSON.parse(server.text()!) as object;
    const expected = { epoch: 1, seq: 1, tag: tagIn(server.text()!) };
    const version = { epoch: 1, seq: 2, tag: 'later' };
    const text = JSON.stringify({ ...document, format: 99 });
    server.propose({ incarnation: 'x', expected, version, text, events: [], raises: false, untilMs: 0 });
    await run(2000);
    const [{ fleet, control, nowMs, share }] = members as [TestMember];
    expect(fleet.status(nowMs()).obstacle).toContain('a later version of Weir');
    expect(await control.ask(setWeight(50))).toMatchObject({ refusal: { code: 'store-unavailable' } });
    expect(share()).toBe(500);
    expect(await control.ask(setWeight(1))).toEqual({ ok: true });
    expect([share(), server.text()]).toEqual([100, text]);
  });

  it('refills a store that was restarted empty, and remembers a rollback', async () => {
    const { members, run, server, join } = await fleetOf(3);
    await members[0]!.control.ask({ kind: 'roll-back', actor: 'ann', reason: 'it burns' });
    await run(1000);
    server.empty();
    await join('newcomer');
    await run(6000);
    expect(members.map(({ control }) => control.rollout().phase)).toEqual(Array(4).fill('rolled-back'));
    expect(members.map(({ fleet }) => fleet.status(0).version.epoch)).toEqual([2, 2, 2, 2]);
  });

  it('counts the whole window again after the store has lost its sums', async () => {
    const { members, run, server } = await fleetOf(2);
    await run(1000, (member) => member.traffic.add(50, 0));
    const before = server.snapshot();
    await run(1000, (member) => member.traffic.add(50, 0));
    server.restore(before);
    await run(1000, (member) => member.traffic.add(50, 0));
    await run(4000);
    const [{ fleet, traffic, nowMs }] = members as [TestMember];
    const own = traffic.observed().candidate.since(0).requests;
    const evidence = fleet.evidenceAt(nowMs());
    expect(sumOf(evidence.candidate.requests)).toBe(2 * own);
    expect(own).toBe(1500);
  });

  it.each(['falls', 'raises'])(
    'obeys one of several commands that are for the same revision only, all %s',
    async (which) => {
      const { members, run } = await fleetOf(3);
      const [lowest] = members as [TestMember];
      const expectedRevision = lowest.control.rollout().revision;
      const asked = members.map(({ control }, at) =>
        control.ask({ ...setWeight(which === 'falls' ? 4 - at : 6 + at), expectedRevision }),
      );
      await run(1000);
      const answers = (await Promise.all(asked)).map((answer) => (answer.ok ? 'obeyed' : answer.refusal.code));
      expect(answers.toSorted()).toEqual(['obeyed', 'revision-mismatch', 'revision-mismatch']);
      expect(new Set(members.map((member) => member.share())).size).toBe(1);
      expect(lowest.control.rollout().seq).toBe(expectedRevision + 1);
    },
  );

  it('has a one-time token spent at one of them only, however many are asked at the same moment', async () => {
    const { members, run } = await fleetOf(3);
    const spends = { id: 'abc', expiresAtMs: Date.parse('9999-12-31') };
    const other = members[2]!.control.ask(setWeight(6));
    const spent = members.map(({ control }, at) => control.spend({ ...setWeight(10 + at), spends }));
    await run(1000);
    const refusals = (await Promise.all(spent)).map((refusal) => refusal?.code ?? 'spent here');
    expect(refusals.toSorted()).toEqual(['spent here', 'token-spent', 'token-spent']);
    expect(await other).toEqual({ ok: true });
  });

  it('loses no one-time token to somebody who writes something else at the same moment', async () => {
    const { members, run } = await fleetOf(3);
    const [first, second] = members as [TestMember, TestMember];
    const spends = { id: 'abc', expiresAtMs: Date.parse('9999-12-31') };
    const [, refusal] = await Promise.all([
      second.control.ask(setWeight(6)),
      first.control.spend({ ...setWeight(10), spends }),
    ]);
    await run(1000);
    expect(refusal).toBeNull();
    expect(members.map(({ control }) => control.rollout().spentTokens)).toEqual(members.map(() => [spends]));
  });

  it('goes on from the local journal when it starts without the store', async () => {
    const { members, run, join } = await fleetOf(2);
    const [first] = members as [TestMember];
    await first.control.ask({ kind: 'roll-back', actor: 'ann', reason: 'it burns' });
    await run(500);
    const again = await join('pod-0', { disk: first.disk, fate: 'request-lost' });
    expect(again.control.rollout().phase).toBe('rolled-back');
  });
});

const tagIn = (text: string): string => (JSON.parse(text) as FleetDocument).event.transactionId.slice(0, 8);
