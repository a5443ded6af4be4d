import { afterEach, expect, it } from 'vitest';
import { seededRandom } from '../../src/support/random.ts';
import { DECLARATION } from '../release/fixtures.ts';
import { eventually } from '../sidecar/eventually.ts';
import { describeWith } from '../support-programs.ts';
import type { TestMember, World } from './members.ts';
import { createDisk, createTestMember } from './members.ts';
import { openStore } from './open-store.ts';
import type { RedisServer } from './redis-server.ts';
import { startRedis } from './redis-server.ts';

/** The shipped fleet on a real server that is killed, stopped, filled or cut off while three members beat. */
describeWith('redis-server', 'apt-get install redis-server', 'a fleet whose Redis', () => {
  const endings: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of endings.splice(0).toReversed()) await end();
  });

  async function start(port?: number): Promise<RedisServer> {
    const server = await startRedis([], port === undefined ? {} : { port });
    endings.push(() => server.stop());
    return server;
  }

  /** Three members at 5 %, beating ten times a second until the test ends. */
  async function startFleet(server: RedisServer): Promise<readonly TestMember[]> {
    let ids = 0;
    const world: World = {
      get nowMs() {
        return performance.now() + 1e6;
      },
      random: seededRandom(1),
      newId: () => `${String(++ids).padStart(8, '0')}-id`,
    };
    const members: TestMember[] = [];
    for (let at = 0; at < 3; at++) {
      const store = await openStore(`redis://127.0.0.1:${server.port}`);
      const link = { fate: 'goes' as const, isDeaf: false, held: [], hear: () => {}, late: [] };
      const member = createTestMember(`pod-${at}`, world, { link, store }, createDisk(), { flushMs: 250 });
      await member.begin(DECLARATION);
      members.push(member);
      endings.push(() => member.fleet.close());
    }
    const beat = setInterval(() => {
      for (const member of members) member.beat();
    }, 100);
    endings.push(() => clearInterval(beat));
    await eventually(() => expect(members.map(({ share }) => share())).toEqual([500, 500, 500]));
    await eventually(() => expect(obstaclesOf(members)).toEqual([null, null, null]));
    return members;
  }

  const setWeight = (percent: number) =>
    ({ kind: 'set-weights', actor: 'ann', reason: 'try', weights: { candidate: percent } }) as const;
  const rollBack = { kind: 'roll-back', actor: 'ann', reason: 'it burns' } as const;
  const obstaclesOf = (members: readonly TestMember[]) =>
    members.map(({ fleet, nowMs }) => fleet.status(nowMs()).obstacle);
  const sharesOf = (members: readonly TestMember[]) => members.map(({ share }) => share());
  /** A fall is in force, and a phase of its own, before it is agreed on: then nothing waits to be. */
  const allRolledBack = (members: readonly TestMember[]) =>
    eventually(() => {
      expect(members.map(({ control }) => control.rollout().phase)).toEqual(Array(3).fill('rolled-back'));
      expect(members.map(({ fleet, nowMs }) => fleet.status(nowMs()).pending)).toEqual([0, 0, 0]);
    });
  const rollbacksIn = async (server: RedisServer) => {
    const entries = JSON.stringify(await server.command('XRANGE', '{weir:checkout}:events', '-', '+'));
    return entries.split('\\"type\\":\\"rolled-back\\"').length - 1;
  };

  it('works has a command everywhere at once, and one rollback for a failing candidate', async () => {
    const server = await start();
    const members = await startFleet(server);
    expect(await members[1]!.control.ask(setWeight(20))).toEqual({ ok: true });
    await eventually(() => expect(sharesOf(members)).toEqual([2000, 2000, 2000]));
    const traffic = setInterval(() => members.forEach((member) => member.traffic.add(1, 1)), 1000);
    endings.push(() => clearInterval(traffic));
    await allRolledBack(members);
    expect(await rollbacksIn(server)).toBe(1);
  });

  it('is killed and comes back empty keeps a rollback of that time', async () => {
    const server = await start();
    const { port } = server;
    const members = await startFleet(server);
    await server.stop();
    await eventually(() => expect(obstaclesOf(members)[0]).toContain('does not answer'));
    expect(await members[0]!.control.ask(setWeight(50))).toMatchObject({ refusal: { code: 'store-unavailable' } });
    expect(await members[0]!.control.ask(rollBack)).toEqual({ ok: true });
    expect(sharesOf(members)).toEqual([0, 500, 500]);
    const again = await start(port);
    await allRolledBack(members);
    await eventually(() => expect(members.map(({ fleet }) => fleet.status(0).version.epoch)).toEqual([2, 2, 2]));
    expect(await rollbacksIn(again)).toBe(1);
  });

  it('stands still for a while goes on with the last split, and agrees when it moves again', async () => {
    const server = await start();
    const members = await startFleet(server);
    process.kill(server.pid, 'SIGSTOP');
    endings.push(() => process.kill(server.pid, 'SIGCONT'));
    await eventually(() => expect(obstaclesOf(members)).not.toContain(null));
    expect(sharesOf(members)).toEqual([500, 500, 500]);
    await members[2]!.control.ask(rollBack);
    process.kill(server.pid, 'SIGCONT');
    await allRolledBack(members);
    expect(await rollbacksIn(server)).toBe(1);
  });

  it('cuts all connections and forgets its scripts goes on as before', async () => {
    const server = await start();
    const members = await startFleet(server);
    await server.command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await server.command('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await server.command('SCRIPT', 'FLUSH');
    await eventually(() => expect(obstaclesOf(members)).toEqual([null, null, null]));
    await eventually(async () => expect(await members[0]!.control.ask(setWeight(7))).toEqual({ ok: true }));
    await eventually(() => expect(sharesOf(members)).toEqual([700, 700, 700]));
  });

  it('is full raises nothing, and rolls back here and then everywhere', async () => {
    const server = await start();
    const members = await startFleet(server);
    await server.command('CONFIG', 'SET', 'maxmemory', '1');
    await eventually(() => expect(obstaclesOf(members)).not.toContain(null));
    expect(await members[0]!.control.ask(setWeight(50))).toMatchObject({ refusal: { code: 'store-unavailable' } });
    expect(await members[0]!.control.ask(rollBack)).toEqual({ ok: true });
    await server.command('CONFIG', 'SET', 'maxmemory', '0');
    await allRolledBack(members);
    expect(await rollbacksIn(server)).toBe(1);
  });
});
