import { readdirSync } from 'node:fs';
import { expect, onTestFinished } from 'vitest';
import type { FleetDocument } from '../../src/fleet/document.ts';
import { standingAfter } from '../../src/model/event.ts';
import type { Clock } from '../../src/support/clock.ts';
import { systemClock } from '../../src/support/clock.ts';
import type { RedisServer } from '../fleet/redis-server.ts';
import type { StoreProxy } from '../fleet/store-proxy.ts';
import { startStoreProxy } from '../fleet/store-proxy.ts';
import { eventually } from './eventually.ts';
import { memberSettings, redisFor } from './fleet-of.ts';
import type { Load } from './load.ts';
import { startLoad } from './load.ts';
import type { Settings } from './settings.ts';
import { temporaryDirectory } from './settings.ts';
import type { Upstream } from './upstream.ts';
import { startUpstream } from './upstream.ts';
import type { Weir } from './weir.ts';
import { startWeir } from './weir.ts';

const PER_SECOND = 20;
const LOOK_EVERY_MS = 50;
/** What is meant to outlive a fleet; everything else expires. */
const KEPT = ['document', 'events', 'members', 'present', 'ranks'];
/** What Redis answers of a key that does not expire. */
const FOR_EVER = -1;
/** A document that was replaced so long ago is no reason for anybody to rise. */
const LATELY_MS = 2000;
/** Of descriptors, for a connection that is being made again and files that are being written. */
const SPARE_DESCRIPTORS = 12;

/** Three whole sidecars on one store, each behind a proxy of its own unless told otherwise, whose clients ask all the time. */
export interface FleetUnderLoad {
  readonly members: readonly Weir[];
  readonly proxies: readonly StoreProxy[];
  readonly candidate: Upstream;
  /** Of a further member. */
  readonly settings: Settings;
  readonly server: RedisServer;
  /** Another server stands in the former one's place. */
  moveTo(server: RedisServer): void;
  setWeight(at: number, percent: number): Promise<number>;
  rollBack(at: number): Promise<number>;
  weights(): Promise<readonly number[]>;
  phases(): Promise<readonly string[]>;
  obstacles(): Promise<readonly (string | null | undefined)[]>;
  /** All have this weight, agree and may rise. */
  agreed(percent: number): Promise<void>;
  /** Sends no more. */
  quiet(): Promise<void>;
  /** No client has noticed anything, nobody rose above what was agreed on, and each journal has so many rollbacks. */
  finish(rollbacks: number): Promise<void>;
}

export interface UnderLoadSettings {
  readonly redis?: readonly string[];
  /** Reached by what `fleet` says, without a proxy between. */
  readonly store?: RedisServer;
  readonly clocks?: readonly Clock[];
  readonly guards?: object;
  /** Of the section `fleet`. */
  readonly fleet?: object;
}

export const GUARDS = { window: '20s', errors: '5%', falseRollback: '1h' };

export async function startFleetUnderLoad(settings: UnderLoadSettings = {}): Promise<FleetUnderLoad> {
  const [stable, candidate] = [await startUpstream('stable'), await startUpstream('candidate')];
  let server = settings.store ?? (await redisFor(settings.redis));
  const first = server;
  const further = temporaryDirectory();
  const proxies: StoreProxy[] = [];
  const members: Weir[] = [];
  const guards = settings.guards ?? GUARDS;
  const common = { stable: stable.url, candidate: candidate.url, weight: '10%', guards };
  for (const at of [0, 1, 2]) {
    if (settings.store === undefined) proxies.push(await startStoreProxy(server.port));
    const own = { ...common, state: temporaryDirectory() };
    members.push(
      await startWeir(
        memberSettings(own, proxies[at]?.port ?? server.port, `pod-${at}`, settings.fleet),
        settings.clocks?.[at] ?? systemClock,
      ),
    );
  }
  const all = <T>(read: (weir: Weir) => Promise<T>): Promise<T[]> => Promise.all(members.map(read));
  const weights = () => all(async (weir) => (await weir.status()).weights.candidate);
  const obstacles = () => all(async (weir) => (await weir.status()).fleet?.obstacle);

  const wrong: unknown[] = [];
  const watch = watchRises(members, () => documentIn(server), wrong);

  const fleet: FleetUnderLoad = {
    members,
    proxies,
    candidate,
    settings: { ...common, state: further },
    server: first,
    moveTo(next) {
      server = next;
      for (const proxy of proxies) proxy.to = next.port;
    },
    async setWeight(at, percent) {
      const body = { candidate: percent, reason: 'try' };
      return (await members[at]!.change('PUT', '/v1/weights', body)).status;
    },
    rollBack: async (at) => (await members[at]!.change('POST', '/v1/rollback', { reason: 'it burns' })).status,
    weights,
    phases: () => all(async (weir) => (await weir.status()).phase),
    obstacles,
    async agreed(percent) {
      const agreement = async (): Promise<void> => {
        expect(await weights()).toEqual([percent, percent, percent]);
        expect(await obstacles()).toEqual([null, null, null]);
        const { epoch, event } = (await watch.document())!;
        // Members that have all fallen by themselves still agree on what stood there before.
        expect(standingAfter(event).share / 100).toBe(percent);
        const versions = await all(async (weir) => (await weir.status()).fleet?.version);
        expect(versions).toEqual(members.map(() => ({ epoch, seq: event.seq })));
      };
      await eventually(agreement);
    },
    async quiet() {
      for (const load of loads) await load.stop();
    },
    async finish(rollbacks) {
      await watch.stop();
      await fleet.quiet();
      const statuses = loads.flatMap(({ answers }) => answers.map(({ status }) => status));
      expect(statuses.length).toBeGreaterThan(0);
      expect(statuses.filter((status) => status !== 200)).toEqual([]);
      expect(loads.flatMap(({ failures }) => failures)).toEqual([]);
      expect(wrong).toEqual([]);
      for (const weir of members) await eventually(async () => expect(await rollbacksOf(weir)).toBe(rollbacks));
      const keys = (await server.command('KEYS', '*')) as string[];
      for (const key of keys.filter((name) => !KEPT.some((kept) => name === `{weir:shop}:${kept}`))) {
        // It may be gone since.
        expect([key, await server.command('PTTL', key)]).not.toEqual([key, FOR_EVER]);
      }
      await eventually(() => expect(descriptors()).toBeLessThanOrEqual(before + SPARE_DESCRIPTORS));
    },
  };
  await eventually(() => fleet.agreed(10));
  const loads: Load[] = members.map(({ traffic }) => startLoad(traffic, { perSecond: PER_SECOND }));
  await eventually(() => expect(Math.min(...loads.map(({ answers }) => answers.length))).toBeGreaterThan(0));
  const before = descriptors();
  return fleet;
}

/** What was decided here alone while the store was away stands there beside what was agreed on afterwards. */
async function rollbacksOf(weir: Weir): Promise<number> {
  const all = (await weir.history()).filter(({ type }) => type === 'rolled-back');
  const agreedOn = all.filter((event) => event.fleet?.kept !== true);
  return Math.max(agreedOn.length, Math.min(all.length, 1));
}

const descriptors = (): number => readdirSync('/proc/self/fd').length;

export async function documentIn(server: RedisServer): Promise<FleetDocument | null> {
  const text = await server.command('HGET', '{weir:shop}:document', 'text').catch(() => null);
  return typeof text === 'string' ? (JSON.parse(text) as FleetDocument) : null;
}

/** Looks at all members again and again: whoever has more than before has no more than the document gave of late. */
function watchRises(members: readonly Weir[], read: () => Promise<FleetDocument | null>, wrong: unknown[]) {
  const over = new AbortController();
  const stood: { atMs: number; percent: number }[] = [];
  const had = members.map(() => 0);
  const judged: Promise<void>[] = [];
  let lookedMs = performance.now();

  async function document(): Promise<FleetDocument | null> {
    const found = await read();
    if (found !== null) stood.push({ atMs: performance.now(), percent: standingAfter(found.event).share / 100 });
    return found;
  }

  /** Once the store has said what stands there after the rise: one that does not answer holds up no look. */
  async function judge(member: number, percent: number, sinceMs: number): Promise<void> {
    await document();
    const first = stood.findLastIndex(({ atMs }) => atMs < sinceMs - LATELY_MS);
    const most = Math.max(0, ...stood.slice(Math.max(0, first)).map((one) => one.percent));
    if (percent > most) wrong.push({ member, percent, document: most });
  }

  async function look(): Promise<void> {
    const beganMs = performance.now();
    await Promise.race([document(), pause(200)]);
    const now = await Promise.all(members.map(async (weir) => (await weir.status()).weights.candidate));
    const ready = await Promise.all(members.map((weir) => weir.readyz()));
    for (const [at, percent] of now.entries()) {
      if (percent > had[at]!) judged.push(judge(at, percent, lookedMs));
      had[at] = percent;
      if (ready[at] !== 200) wrong.push({ member: at, ready: ready[at] });
    }
    lookedMs = beganMs;
  }

  const watching = (async () => {
    while (!over.signal.aborted) {
      await look();
      await pause(LOOK_EVERY_MS);
    }
  })();
  const stop = async (): Promise<void> => {
    over.abort();
    await watching;
    await Promise.all(judged);
  };
  onTestFinished(stop);
  return { stop, document };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
