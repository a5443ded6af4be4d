import { expect, onTestFinished } from 'vitest';
import { freePort } from '../ports.ts';
import { eventually } from '../sidecar/eventually.ts';
import type { RedisServer } from './redis-server.ts';
import { startRedis } from './redis-server.ts';
import type { Shown } from './tls.ts';

const SLOTS = 16_384;
/** A node that is given no time by a busy machine is not to be taken for dead. */
const IN_A_CLUSTER = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '5000'];
const BY_TLS = ['--tls-cluster', 'yes', '--tls-replication', 'yes'];

/** Three masters with a third of the slots each. */
export interface Cluster {
  readonly nodes: readonly RedisServer[];
  readonly url: string;
  /** Who has the slot of this key, as all of them agree. */
  ownerOf(key: string): Promise<RedisServer>;
  /** A replica of this node, in step with it. */
  replicaOf(node: RedisServer): Promise<RedisServer>;
  /** Moves the key's slot with all that lies in it; `halfway` while some keys lie here and some there. */
  move(key: string, to: RedisServer, halfway: () => Promise<unknown>): Promise<void>;
}

/** Between each other, and with members, they speak TLS where they are given something to show. */
export async function startCluster(shown: Shown | null = null): Promise<Cluster> {
  const meetings = new Map<RedisServer, readonly string[]>();
  const start = async (): Promise<RedisServer> => {
    const [bus, secure] = [String(await freePort()), String(await freePort())];
    const tls = shown === null ? [] : [...BY_TLS, '--tls-port', secure, ...shown.options];
    const node = await startRedis([...IN_A_CLUSTER, '--cluster-port', bus, ...tls]);
    onTestFinished(() => node.stop());
    meetings.set(node, ['127.0.0.1', shown === null ? String(node.port) : secure, bus]);
    return node;
  };
  const meetingOf = (node: RedisServer) => meetings.get(node)!;
  const nodes = await Promise.all([start(), start(), start()]);
  for (const [at, node] of nodes.entries()) {
    const first = Math.floor((at * SLOTS) / 3);
    await node.command('CLUSTER', 'ADDSLOTSRANGE', String(first), String(Math.floor(((at + 1) * SLOTS) / 3) - 1));
    await node.command('CLUSTER', 'SET-CONFIG-EPOCH', String(at + 1));
    await nodes[0].command('CLUSTER', 'MEET', ...meetingOf(node));
  }
  const idOf = async (node: RedisServer) => String(await node.command('CLUSTER', 'MYID'));
  const slotOf = async (key: string) => Number(await nodes[0].command('CLUSTER', 'KEYSLOT', key));
  for (const node of nodes) {
    await eventually(async () => {
      expect(await node.command('CLUSTER', 'INFO')).toMatch(/cluster_state:ok[^]*cluster_known_nodes:3/);
    });
  }

  async function ownerOf(key: string): Promise<RedisServer> {
    const slot = await slotOf(key);
    const owners = await Promise.all(
      nodes.map(async (node) => {
        const ranges = (await node.command('CLUSTER', 'SLOTS')) as [number, number, [string, number]][];
        return ranges.find(([first, last]) => first <= slot && slot <= last)?.[2][1];
      }),
    );
    expect(new Set(owners).size).toBe(1);
    return nodes.find(({ port }) => port === owners[0])!;
  }

  return {
    nodes,
    url: `${shown === null ? 'redis' : 'rediss'}+cluster://${nodes.map((node) => meetingOf(node).slice(0, 2).join(':')).join(',')}`,
    ownerOf,
    async replicaOf(node) {
      const replica = await start();
      await node.command('CLUSTER', 'MEET', ...meetingOf(replica));
      const master = await idOf(node);
      await eventually(async () => expect(await replica.command('CLUSTER', 'REPLICATE', master)).toBe('OK'));
      await eventually(async () => expect(await node.command('INFO', 'replication')).toContain('state=online'));
      for (const one of nodes) {
        await eventually(async () =>
          expect(await one.command('CLUSTER', 'NODES')).toMatch(new RegExp(`slave ${master}`)),
        );
      }
      // Else it answers nobody but its master.
      await replica.command('READONLY');
      return replica;
    },
    async move(key, to, halfway) {
      const [slot, from] = [String(await slotOf(key)), await ownerOf(key)];
      await to.command('CLUSTER', 'SETSLOT', slot, 'IMPORTING', await idOf(from));
      await from.command('CLUSTER', 'SETSLOT', slot, 'MIGRATING', await idOf(to));
      const keysIn = async () => (await from.command('CLUSTER', 'GETKEYSINSLOT', slot, '1000')) as string[];
      const carry = (keys: string[]) =>
        from.command('MIGRATE', ...meetingOf(to).slice(0, 2), '', '0', '5000', 'KEYS', ...keys);
      const keys = await keysIn();
      await carry(keys.slice(0, Math.ceil(keys.length / 2)));
      await halfway();
      for (let rest = await keysIn(); rest.length > 0; rest = await keysIn()) await carry(rest);
      for (const node of [to, from, ...nodes]) await node.command('CLUSTER', 'SETSLOT', slot, 'NODE', await idOf(to));
      await eventually(async () => expect(await ownerOf(key)).toBe(to));
    },
  };
}
