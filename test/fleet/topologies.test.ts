import { readFileSync } from 'node:fs';
import { expect, it, onTestFinished } from 'vitest';
import type { FleetStore, Version } from '../../src/fleet/store.ts';
import { eventually } from '../sidecar/eventually.ts';
import { describeWith } from '../support-programs.ts';
import { ACL_RULES, CLUSTER_RULES } from './acl.ts';
import { startCluster } from './cluster.ts';
import { NOTHING_NEW, openStore } from './open-store.ts';
import type { RedisServer } from './redis-server.ts';
import { SENTINEL_PASSWORD, SERVER_PASSWORD, startSentinelled } from './sentinels.ts';
import { createShown, FIRST_PASSWORD, startTlsRedis } from './tls.ts';

const KEY = '{weir:checkout}:document';

/** Listens from now on; each call proposes until something is heard, and resolves to what stands then. */
function listenTo(store: FleetStore): () => Promise<Version> {
  const heard: string[] = [];
  onTestFinished(() => store.close('a', ''));
  store.follow((text) => heard.push(text));
  return async () => {
    heard.length = 0;
    return eventually(async () => {
      const { version: expected } = await store.flush(NOTHING_NEW);
      const seq = expected.seq + 1;
      const version = { epoch: 1, seq, tag: `t${seq}` };
      const proposal = { incarnation: 'a', expected, version, text: `text ${seq}`, events: ['{}'] };
      expect(await store.propose({ ...proposal, raises: false, untilMs: 0 })).toEqual({ kind: 'accepted' });
      expect(heard).not.toEqual([]);
      return version;
    });
  };
}

/** Before that a replica may be promoted without it. */
const hasIt = (replica: RedisServer, { seq }: Version) =>
  eventually(async () => expect(await replica.command('HGET', KEY, 'seq')).toBe(String(seq)));

describeWith('redis-server', 'apt-get install redis-server', 'the store behind other addresses', () => {
  it('is entered by TLS, with the documented rights and no others', async () => {
    const { port, ca } = await startTlsRedis();
    const secrets = { ca: readFileSync(ca, 'utf8'), username: 'weir', password: FIRST_PASSWORD };
    const store = await openStore(`rediss://127.0.0.1:${port}`, secrets);
    await listenTo(store)();
    expect(await store.roster()).toHaveLength(1);
    expect(await store.flush(NOTHING_NEW)).toMatchObject({ members: 1 });
  });

  it('is the node of a cluster that has the slot, by TLS, also for who comes during a failover', async () => {
    const shown = createShown();
    const cluster = await startCluster(shown);
    const owner = await cluster.ownerOf(KEY);
    const replica = await cluster.replicaOf(owner);
    for (const node of [...cluster.nodes, replica])
      await node.command('ACL', 'SETUSER', 'weir', 'on', '>secret', ...ACL_RULES, ...CLUSTER_RULES);
    const secrets = { ca: readFileSync(shown.ca, 'utf8'), username: 'weir', password: 'secret' };
    const isHeard = listenTo(await openStore(cluster.url, secrets));
    const version = await isHeard();
    const others = cluster.nodes.filter((node) => node !== owner);
    for (const other of others) expect(await other.command('KEYS', '*')).toEqual([]);
    await hasIt(replica, version);
    await owner.stop();
    const late = await openStore(cluster.url, secrets);
    expect((await eventually(() => late.flush(NOTHING_NEW))).version).toEqual(version);
    await listenTo(late)();
    await isHeard();
  });

  it('is whichever server the sentinels call the primary, by TLS, and not the former one', async () => {
    const shown = createShown();
    const { primary, replica, sentinels, url } = await startSentinelled(shown);
    const ca = readFileSync(shown.ca, 'utf8');
    const sentinel = { password: SENTINEL_PASSWORD };
    const store = await openStore(url, { ca, password: SERVER_PASSWORD, sentinel });
    const isHeard = listenTo(store);
    await hasIt(replica, await isHeard());
    await eventually(() => sentinels[0]!.command('SENTINEL', 'FAILOVER', 'checkout'));
    await eventually(async () => expect(await primary.command('INFO', 'replication')).toContain('role:slave'));
    const { seq } = await isHeard();
    expect(await replica.command('HGET', KEY, 'seq')).toBe(String(seq));
    expect(seq).toBeGreaterThan(1);
  });
});
