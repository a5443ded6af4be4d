import { onTestFinished } from 'vitest';
import type { RedisServer } from '../fleet/redis-server.ts';
import { startRedis } from '../fleet/redis-server.ts';
import type { Settings } from './settings.ts';
import type { Weir } from './weir.ts';
import { startWeir } from './weir.ts';

/** A server that is gone with the test. */
export async function redisFor(options: readonly string[] = [], given?: { port?: number }): Promise<RedisServer> {
  const server = await startRedis(options, given);
  onTestFinished(() => server.stop());
  return server;
}

/** The same settings for a member of this name. */
export function memberSettings(settings: Settings, port: number, member: string, fleet: object = {}): Settings {
  const url = `redis://127.0.0.1:${port}`;
  return { ...settings, more: { ...settings.more, fleet: { url, flush: '200ms', member, ...fleet } } };
}

export function startMember(settings: Settings, port: number, member: string, fleet: object = {}): Promise<Weir> {
  return startWeir(memberSettings(settings, port, member, fleet));
}
