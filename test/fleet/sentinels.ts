import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { eventually } from '../sidecar/eventually.ts';
import type { RedisServer } from './redis-server.ts';
import { freePort, startRedis } from './redis-server.ts';

export const SERVER_PASSWORD = 'the-servers-secret';
export const SENTINEL_PASSWORD = 'the-sentinels-secret';

/** A primary, a replica and three sentinels, of which two must agree; each kind has a password of its own. */
export interface Sentinelled {
  readonly primary: RedisServer;
  readonly replica: RedisServer;
  readonly sentinels: readonly RedisServer[];
  readonly url: string;
}

export async function startSentinelled(): Promise<Sentinelled> {
  const password = SERVER_PASSWORD;
  const secrets = ['--requirepass', password, '--masterauth', password];
  const start = async (...options: string[]): Promise<RedisServer> => {
    const server = await startRedis([...secrets, ...options], { password });
    onTestFinished(() => server.stop());
    return server;
  };
  const primary = await start();
  const replica = await start('--replicaof', '127.0.0.1', String(primary.port));
  // Before that it is sent nothing, and might be promoted without.
  await eventually(async () => expect(await primary.command('INFO', 'replication')).toContain('state=online'));
  const sentinels = await Promise.all([1, 2, 3].map(() => startSentinel(primary.port)));
  await Promise.all(
    sentinels.map((sentinel) =>
      eventually(async () =>
        expect(await sentinel.command('INFO', 'sentinel')).toMatch(/status=ok.*slaves=1,sentinels=3/),
      ),
    ),
  );
  const url = `redis+sentinel://${sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',')}/checkout`;
  return { primary, replica, sentinels, url };
}

async function startSentinel(primary: number): Promise<RedisServer> {
  const dir = await mkdtemp(join(tmpdir(), 'weir-sentinel-'));
  const file = join(dir, 'sentinel.conf');
  const lines = [
    `requirepass ${SENTINEL_PASSWORD}`,
    `sentinel sentinel-pass ${SENTINEL_PASSWORD}`,
    `sentinel monitor checkout 127.0.0.1 ${primary} 2`,
    `sentinel auth-pass checkout ${SERVER_PASSWORD}`,
    'sentinel down-after-milliseconds checkout 500',
    'sentinel failover-timeout checkout 2000',
  ];
  await writeFile(file, `${lines.join('\n')}\n`);
  const sentinel = await startRedis([], { port: await freePort(), sentinel: file, password: SENTINEL_PASSWORD });
  onTestFinished(async () => {
    await sentinel.stop();
    await rm(dir, { recursive: true, force: true });
  });
  // They find each other sooner, and take a busy machine for no broken clock, which would stop them for 30 s.
  await sentinel.command('SENTINEL', 'DEBUG', 'PUBLISH-PERIOD', '200', 'INFO-PERIOD', '500', 'TILT-TRIGGER', '60000');
  return sentinel;
}
