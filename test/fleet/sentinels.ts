import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { freePort } from '../ports.ts';
import { eventually } from '../sidecar/eventually.ts';
import type { GivenServer, RedisServer } from './redis-server.ts';
import { startRedis } from './redis-server.ts';
import type { Shown } from './tls.ts';

export const SERVER_PASSWORD = 'the-servers-secret';
export const SENTINEL_PASSWORD = 'the-sentinels-secret';

/** A primary, a replica and three sentinels, of which two must agree; each kind has a password of its own. */
export interface Sentinelled {
  readonly primary: RedisServer;
  readonly replica: RedisServer;
  readonly sentinels: readonly RedisServer[];
  readonly url: string;
  /** Has the sentinels notice soon that the primary does not answer; before that they are patient. */
  notice(): Promise<void>;
}

/** Between each other, and with members, they speak TLS where they are given something to show. */
export async function startSentinelled(shown: Shown | null = null): Promise<Sentinelled> {
  const password = SERVER_PASSWORD;
  const secrets = ['--requirepass', password, '--masterauth', password];
  const addresses = new Map<RedisServer, string>();
  const start = async (options: readonly string[], given: GivenServer): Promise<RedisServer> => {
    const secure = String(await freePort());
    const tls = shown === null ? [] : ['--tls-port', secure, '--tls-replication', 'yes', ...shown.options];
    const server = await startRedis([...options, ...tls], given);
    onTestFinished(() => server.stop());
    addresses.set(server, shown === null ? String(server.port) : secure);
    return server;
  };
  const portOf = (server: RedisServer): string => addresses.get(server)!;
  const primary = await start(secrets, { password });
  const replica = await start([...secrets, '--replicaof', '127.0.0.1', portOf(primary)], { password });
  // Before that it is sent nothing, and might be promoted without.
  await eventually(async () => expect(await primary.command('INFO', 'replication')).toContain('state=online'));
  const sentinels = await Promise.all([1, 2, 3].map(() => startSentinel(portOf(primary), start)));
  await Promise.all(
    sentinels.map((sentinel) =>
      eventually(async () =>
        expect(await sentinel.command('INFO', 'sentinel')).toMatch(/status=ok.*slaves=1,sentinels=3/),
      ),
    ),
  );
  const hosts = sentinels.map((sentinel) => `127.0.0.1:${portOf(sentinel)}`).join(',');
  const url = `${shown === null ? 'redis' : 'rediss'}+sentinel://${hosts}/checkout`;
  return {
    primary,
    replica,
    sentinels,
    url,
    async notice() {
      for (const sentinel of sentinels) {
        await sentinel.command('SENTINEL', 'SET', 'checkout', 'down-after-milliseconds', '500');
      }
    },
  };
}

async function startSentinel(
  primary: string,
  start: (options: readonly string[], given: GivenServer) => Promise<RedisServer>,
): Promise<RedisServer> {
  const dir = await mkdtemp(join(tmpdir(), 'weir-sentinel-'));
  const file = join(dir, 'sentinel.conf');
  const lines = [
    `requirepass ${SENTINEL_PASSWORD}`,
    `sentinel sentinel-pass ${SENTINEL_PASSWORD}`,
    `sentinel monitor checkout 127.0.0.1 ${primary} 2`,
    `sentinel auth-pass checkout ${SERVER_PASSWORD}`,
    // A primary that is given no time by a busy machine is not to be replaced.
    'sentinel down-after-milliseconds checkout 60000',
    'sentinel failover-timeout checkout 2000',
  ];
  await writeFile(file, `${lines.join('\n')}\n`);
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  const sentinel = await start([], { sentinel: file, password: SENTINEL_PASSWORD });
  // They find each other sooner, and take a busy machine for no broken clock, which would stop them for 30 s.
  await sentinel.command('SENTINEL', 'DEBUG', 'PUBLISH-PERIOD', '200', 'INFO-PERIOD', '500', 'TILT-TRIGGER', '60000');
  return sentinel;
}
