import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@redis/client';
import { expect, onTestFinished, it } from 'vitest';
import { systemClock } from '../../src/support/clock.ts';
import type { RedisServer } from '../fleet/redis-server.ts';
import { startStoreProxy } from '../fleet/store-proxy.ts';
import { describeWith } from '../support-programs.ts';
import { eventually } from './eventually.ts';
import { memberSettings, redisFor } from './fleet-of.ts';
import type { FleetUnderLoad } from './fleet-under-load.ts';
import { documentIn, GUARDS, startFleetUnderLoad } from './fleet-under-load.ts';
import { startProgram } from './spawn.ts';
import { failing } from './upstream.ts';

const ALL_BACK = ['rolled-back', 'rolled-back', 'rolled-back'];
const UNAVAILABLE = 503;

const rollbacksIn = async (server: RedisServer): Promise<number> => {
  const entries = JSON.stringify(await server.command('XRANGE', '{weir:shop}:events', '-', '+'));
  return entries.split('\\"type\\":\\"rolled-back\\"').length - 1;
};
const allBack = (fleet: FleetUnderLoad) => eventually(async () => expect(await fleet.phases()).toEqual(ALL_BACK));
/** A fall is in force before it is agreed on: what the store has is to be read only then. */
async function allBackOnce(fleet: FleetUnderLoad): Promise<void> {
  await allBack(fleet);
  await fleet.agreed(0);
  expect(await rollbacksIn(fleet.server)).toBe(1);
}
const allAway = (fleet: FleetUnderLoad) => eventually(async () => expect(await fleet.obstacles()).not.toContain(null));

/** A copy of what the server remembers now, for another one to begin with. */
async function snapshotOf(server: RedisServer): Promise<string> {
  await server.command('SAVE');
  const dir = await mkdtemp(join(tmpdir(), 'weir-snapshot-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  await copyFile(join(server.dir, 'dump.rdb'), join(dir, 'dump.rdb'));
  return dir;
}

async function restartedFrom(dir: string): Promise<RedisServer> {
  // The last value of an option given twice holds.
  return redisFor(['--dir', dir]);
}

describeWith('redis-server', 'apt-get install redis-server', 'three sidecars under load whose store', () => {
  it('is killed and comes back empty lose neither a request nor the rollout', async () => {
    const fleet = await startFleetUnderLoad();
    await fleet.server.stop();
    await allAway(fleet);
    expect(await fleet.setWeight(0, 50)).toBe(UNAVAILABLE);
    expect(await fleet.weights()).toEqual([10, 10, 10]);
    const again = await redisFor();
    fleet.moveTo(again);
    await fleet.agreed(10);
    expect((await documentIn(again))?.epoch).toBe(2);
    expect(await fleet.setWeight(1, 20)).toBe(200);
    await fleet.agreed(20);
    await fleet.finish(0);
  });

  it('stands still keep the split, lower it by command, and agree when it moves again', async () => {
    const fleet = await startFleetUnderLoad();
    process.kill(fleet.server.pid, 'SIGSTOP');
    onTestFinished(() => void process.kill(fleet.server.pid, 'SIGCONT'));
    await allAway(fleet);
    // Whatever is sent meanwhile is read by the server when it goes on.
    expect(await fleet.setWeight(0, 50)).toBe(UNAVAILABLE);
    expect(await fleet.rollBack(1)).toBe(200);
    expect(await fleet.weights()).toEqual([10, 0, 10]);
    process.kill(fleet.server.pid, 'SIGCONT');
    await allBackOnce(fleet);
    await fleet.finish(1);
  });

  it('comes back with an older snapshot remember for it what came after', async () => {
    const fleet = await startFleetUnderLoad();
    await fleet.setWeight(0, 50);
    await fleet.agreed(50);
    const older = await snapshotOf(fleet.server);
    await fleet.rollBack(1);
    await allBack(fleet);
    await fleet.server.stop();
    const again = await restartedFrom(older);
    fleet.moveTo(again);
    await eventually(async () => expect((await documentIn(again))?.event.phase).toBe('rolled-back'));
    await fleet.agreed(0);
    expect(await fleet.phases()).toEqual(ALL_BACK);
    await fleet.finish(1);
  });

  it('fails over to one that has missed the last writes agree on them all the same', async () => {
    const fleet = await startFleetUnderLoad();
    const replica = await restartedFrom(await snapshotOf(fleet.server));
    expect(await fleet.setWeight(2, 5)).toBe(200);
    await fleet.agreed(5);
    fleet.moveTo(replica);
    for (const proxy of fleet.proxies) proxy.reset();
    await eventually(async () => expect((await documentIn(replica))?.epoch).toBe(2));
    await fleet.agreed(5);
    await fleet.finish(0);
  });

  it('is 200 ms away obey commands and roll back together', async () => {
    const fleet = await startFleetUnderLoad();
    for (const proxy of fleet.proxies) proxy.delayMs = 200;
    expect(await fleet.setWeight(0, 50)).toBe(200);
    await fleet.agreed(50);
    fleet.candidate.answer = failing;
    await allBackOnce(fleet);
    await fleet.finish(1);
  });

  it('resets all connections at once and forgets its scripts go on', async () => {
    const fleet = await startFleetUnderLoad();
    for (let times = 0; times < 5; times++) {
      for (const proxy of fleet.proxies) proxy.reset();
      await fleet.server.command('CLIENT', 'KILL', 'TYPE', 'pubsub');
      await fleet.server.command('SCRIPT', 'FLUSH');
      await eventually(async () => expect(await fleet.setWeight(times % 3, 20 + times)).toBe(200));
      await fleet.agreed(20 + times);
    }
    await fleet.finish(0);
  });

  it('has no room for their connections raise nothing, and agree when it has', async () => {
    const fleet = await startFleetUnderLoad();
    const hogs = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const hog = createClient({ socket: { host: '127.0.0.1', port: fleet.server.port, reconnectStrategy: false } });
        hog.on('error', () => {});
        await hog.connect();
        return hog;
      }),
    );
    onTestFinished(() => hogs.forEach((hog) => hog.isOpen && hog.destroy()));
    await fleet.server.command('CONFIG', 'SET', 'maxclients', '9');
    for (const proxy of fleet.proxies) proxy.reset();
    await allAway(fleet);
    expect(await fleet.setWeight(0, 50)).toBe(UNAVAILABLE);
    expect(await fleet.setWeight(0, 5)).toBe(200);
    expect(await fleet.weights()).toEqual([5, 10, 10]);
    for (const hog of hogs) hog.destroy();
    await fleet.agreed(5);
    await fleet.finish(0);
  });

  it('has no memory left raise nothing, and agree when it has', async () => {
    const fleet = await startFleetUnderLoad({ redis: ['--maxmemory-policy', 'noeviction'] });
    await fleet.server.command('CONFIG', 'SET', 'maxmemory', '100kb');
    await allAway(fleet);
    expect(await fleet.setWeight(0, 50)).toBe(UNAVAILABLE);
    expect(await fleet.rollBack(2)).toBe(200);
    await fleet.server.command('CONFIG', 'SET', 'maxmemory', '0');
    await allBackOnce(fleet);
    await fleet.finish(1);
  });

  it('is told of two rollbacks at the same moment has one', async () => {
    const fleet = await startFleetUnderLoad();
    fleet.candidate.answer = failing;
    expect(await Promise.all([0, 1, 2].map(fleet.rollBack))).toEqual([200, 200, 200]);
    await eventually(async () => expect(await fleet.weights()).toEqual([0, 0, 0]));
    await allBackOnce(fleet);
    await fleet.finish(1);
  });

  it('has another time than their pods pool what they see', async () => {
    const clocks = [-300_000, 0, 300_000].map((aheadMs) => ({
      monotonicMs: () => systemClock.monotonicMs() + (aheadMs + 300_000) * 2,
      wallMs: () => systemClock.wallMs() + aheadMs,
    }));
    // However seldom a busy machine comes to send a request, those of one window are to be enough.
    const fleet = await startFleetUnderLoad({ clocks, guards: { ...GUARDS, window: '5m' } });
    await eventually(async () => {
      const window = (await fleet.members[0]!.status()).fleet?.window;
      const [own] = await Promise.all(fleet.members.map(async (weir) => (await weir.status()).window));
      expect(window!.stable.requests).toBeGreaterThan(own!.stable.requests * 2);
    });
    fleet.candidate.answer = failing;
    await allBackOnce(fleet);
    await fleet.finish(1);
  });

  it('loses the answer to a raise have it withdrawn, and nobody keeps it', async () => {
    const fleet = await startFleetUnderLoad();
    fleet.proxies[0]!.loses = 'answers';
    expect(await fleet.setWeight(0, 50)).toBe(UNAVAILABLE);
    fleet.proxies[0]!.loses = 'nothing';
    fleet.proxies[0]!.reset();
    await fleet.agreed(10);
    const raised = (await fleet.members[1]!.history()).filter(({ weights }) => weights.after.candidate === 50);
    expect(raised.length).toBeLessThanOrEqual(1);
    await fleet.finish(0);
  });

  it('loses the answers to counts have them counted once', async () => {
    const fleet = await startFleetUnderLoad({ guards: { ...GUARDS, window: '5m' } });
    for (const proxy of fleet.proxies) proxy.loses = 'answers';
    await allAway(fleet);
    for (const proxy of fleet.proxies) {
      proxy.loses = 'nothing';
      proxy.reset();
    }
    await fleet.agreed(10);
    await fleet.quiet();
    await eventually(async () => {
      const statuses = await Promise.all(fleet.members.map((weir) => weir.status()));
      for (const side of ['stable', 'candidate'] as const) {
        const own = statuses.map(({ window }) => window[side].requests);
        expect(statuses[0]!.fleet!.window![side].requests).toBe(own[0]! + own[1]! + own[2]!);
      }
    });
    await fleet.finish(0);
  });

  it('cannot be reached by two who both roll back has one rollback from them', async () => {
    const fleet = await startFleetUnderLoad();
    for (const proxy of fleet.proxies.slice(0, 2)) {
      proxy.cuts = 'all';
      proxy.reset();
    }
    await eventually(async () => expect((await fleet.obstacles()).slice(0, 2)).not.toContain(null));
    expect(await Promise.all([0, 1].map(fleet.rollBack))).toEqual([200, 200]);
    for (const proxy of fleet.proxies) proxy.cuts = 'nothing';
    await fleet.agreed(0);
    expect(await fleet.phases()).toEqual(ALL_BACK);
    expect(await rollbacksIn(fleet.server)).toBe(1);
    await fleet.finish(1);
  });

  it('loses one by kill -9 in the middle of a flush go on, and take it back', async () => {
    const fleet = await startFleetUnderLoad();
    const proxy = await startStoreProxy(fleet.server.port);
    const settings = memberSettings(fleet.settings, proxy.port, 'pod-3');
    const first = await startProgram(settings);
    await eventually(async () => expect((await first.status()).fleet).toMatchObject({ size: 4, obstacle: null }));
    proxy.delayMs = 100;
    const flushes = proxy.passed;
    await eventually(() => expect(proxy.passed).toBeGreaterThan(flushes));
    first.kill('SIGKILL');
    await first.ended;
    expect(await fleet.setWeight(0, 5)).toBe(200);
    await fleet.agreed(5);
    proxy.delayMs = 0;
    const again = await startProgram(settings);
    await eventually(async () => expect((await again.status()).weights.candidate).toBe(5));
    expect(await fleet.rollBack(1)).toBe(200);
    await eventually(async () => expect((await again.status()).phase).toBe('rolled-back'));
    await eventually(async () => expect((await fleet.members[0]!.status()).fleet?.size).toBe(4));
    await fleet.finish(1);
  });

  it('brings no news to one, and answers nothing to another, follow it yet', async () => {
    const fleet = await startFleetUnderLoad();
    Object.assign(fleet.proxies[0]!, { cuts: 'news' });
    Object.assign(fleet.proxies[1]!, { cuts: 'commands' });
    for (const proxy of fleet.proxies) proxy.reset();
    await eventually(async () => expect(await fleet.setWeight(2, 5)).toBe(200));
    await eventually(async () => expect((await fleet.weights())[0]).toBe(5));
    for (const proxy of fleet.proxies) proxy.cuts = 'nothing';
    await fleet.agreed(5);
    await fleet.finish(0);
  });

  it('cannot be reached by one, while the others go on without it, is followed when it can', async () => {
    const fleet = await startFleetUnderLoad();
    Object.assign(fleet.proxies[0]!, { cuts: 'all' });
    fleet.proxies[0]!.reset();
    expect(await fleet.rollBack(1)).toBe(200);
    const next = { version: 'v3', url: fleet.candidate.url, reason: 'next' };
    expect((await fleet.members[2]!.change('POST', '/v1/rollout', next)).status).toBe(200);
    await eventually(async () => expect(await fleet.setWeight(2, 30)).toBe(200));
    expect((await fleet.weights())[0]).toBe(10);
    // A fall of the former candidate is none of the next one's business.
    expect(await fleet.rollBack(0)).toBe(200);
    fleet.proxies[0]!.cuts = 'nothing';
    await fleet.agreed(30);
    expect((await fleet.members[0]!.status()).candidate?.version).toBe('v3');
    await fleet.finish(1);
  });

  it('holds a document of a later version keep the split, and go on when it is gone', async () => {
    const fleet = await startFleetUnderLoad();
    const document = (await documentIn(fleet.server))!;
    const { seq, transactionId } = document.event;
    const put = (text: object, version: readonly [number, string]) =>
      fleet.server.command(
        'HSET',
        '{weir:shop}:document',
        'text',
        JSON.stringify(text),
        'seq',
        String(version[0]),
        'tag',
        version[1],
      );
    for (const odd of [{ format: 2, secret: 1 }, { format: 0 }, { trail: [null] }, { base: undefined, lives: 7 }]) {
      await put({ ...document, ...odd }, [seq + 1, 'later']);
      await allAway(fleet);
      expect(await fleet.setWeight(0, 50)).toBe(UNAVAILABLE);
      expect(await fleet.weights()).toEqual([10, 10, 10]);
      await fleet.server.command('PUBLISH', '{weir:shop}:documents', 'no document');
      await put(document, [seq, transactionId.slice(0, 8)]);
      await fleet.agreed(10);
    }
    const event = { ...document.event, seq: seq + 1, transactionId: 'later', unheardOf: 1 };
    const trail = [...document.trail, [seq + 1, 'later']];
    await put({ ...document, event, trail, unheardOf: {} }, [seq + 1, 'later']);
    await fleet.agreed(10);
    expect(await fleet.setWeight(0, 20)).toBe(200);
    await fleet.agreed(20);
    await fleet.finish(0);
  });
});
