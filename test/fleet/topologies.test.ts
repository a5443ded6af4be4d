import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import type { FleetStore } from '../../src/fleet/store.ts';
import { eventually } from '../sidecar/eventually.ts';
import { describeWith } from '../support-programs.ts';
import { NOTHING_NEW, openStore } from './open-store.ts';
import { freePort, startRedis } from './redis-server.ts';

describeWith('redis-server', 'apt-get install redis-server', 'the store behind other addresses', () => {
  const endings: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const end of endings.splice(0).toReversed()) await end();
  });

  async function start(options: readonly string[] = [], given?: Parameters<typeof startRedis>[1]) {
    const server = await startRedis(options, given);
    endings.push(() => server.stop());
    return server;
  }

  async function follows(store: FleetStore): Promise<void> {
    endings.push(() => store.close('a'));
    const heard: string[] = [];
    store.follow((text) => heard.push(text));
    await eventually(async () => expect(await store.flush(NOTHING_NEW)).toMatchObject({ members: 1 }));
    let seq = 0;
    await eventually(async () => {
      const { version: expected } = await store.flush(NOTHING_NEW);
      const version = { epoch: 1, seq: ++seq, tag: `t${seq}` };
      await store.propose({
        incarnation: 'a',
        expected,
        version,
        text: `text ${seq}`,
        events: ['{}'],
        raises: false,
        untilMs: 0,
      });
      expect(heard.length).toBeGreaterThan(0);
    });
  }

  it('is a cluster, on whose one node everything of a service lies', async () => {
    const node = await start(['--cluster-enabled', 'yes']);
    await node.command('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
    await eventually(async () => expect(await node.command('CLUSTER', 'INFO')).toContain('cluster_state:ok'));
    await follows(await openStore(`redis+cluster://127.0.0.1:${node.port}`));
  });

  it('is whichever server the sentinels call the primary, after a failover too', { timeout: 60_000 }, async () => {
    const primary = await start();
    const replica = await start(['--replicaof', '127.0.0.1', String(primary.port)]);
    await eventually(async () =>
      expect(await replica.command('INFO', 'replication')).toContain('master_link_status:up'),
    );
    const dir = await mkdtemp(join(tmpdir(), 'weir-sentinel-'));
    endings.push(() => rm(dir, { recursive: true, force: true }));
    const file = join(dir, 'sentinel.conf');
    const lines = [
      `sentinel monitor checkout 127.0.0.1 ${primary.port} 1`,
      'sentinel down-after-milliseconds checkout 500',
      'sentinel failover-timeout checkout 2000',
    ];
    await writeFile(file, `${lines.join('\n')}\n`);
    const sentinel = await start([], { port: await freePort(), sentinel: file });
    await eventually(async () => {
      const info = String(await sentinel.command('INFO', 'sentinel'));
      expect(info).toMatch(/status=ok.*slaves=1/);
    });
    const store = await openStore(`redis+sentinel://127.0.0.1:${sentinel.port}/checkout`);
    await follows(store);
    const { version } = await store.flush(NOTHING_NEW);
    await primary.stop();
    const after = await eventually(() => store.flush(NOTHING_NEW));
    expect(after.version).toEqual(version);
  });
});
