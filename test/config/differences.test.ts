import { describe, expect, it } from 'vitest';
import { differencesBetween, refusalsOf } from '../../src/config/differences.ts';
import { readConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/schema.ts';

const before = fileWith({ port: 1, limit: '100ms', share: '1%', size: 1024, name: 'a', count: 5 });
const after = fileWith({ port: 2, limit: '200ms', share: '2%', size: 2048, name: 'b', count: 6 });

/** A file that has every setting whose name inside Weir is not its key. */
function fileWith(to: { port: number; limit: string; share: string; size: number; name: string; count: number }) {
  const { port, limit, share, size, name, count } = to;
  const oidc = { issuer: `https://${name}.example`, audience: name, roleClaim: name, operator: [name], viewer: [name] };
  return {
    service: 'checkout',
    listen: { traffic: `127.0.0.1:${port}`, admin: `127.0.0.2:${port}`, telemetry: `127.0.0.3:${port}` },
    stable: { version: 'v1', url: 'http://127.0.0.1:3000' },
    guards: { window: `${count}s`, errors: share, p95: limit, falseRollback: `${count}h` },
    sticky: { cookie: name },
    override: { header: `x-${name}` },
    shield: { bodyLimit: size, budget: share },
    probe: { path: `/${name}`, every: limit, timeout: limit, of: count },
    breaker: { rollbacks: count, within: limit },
    timeouts: Object.fromEntries(
      ['connect', 'head', 'body', 'requestHead', 'keepAlive', 'tunnel', 'drain'].map((key) => [key, limit]),
    ),
    limits: { headBytes: size, headers: count, connections: count, inFlight: count, loopDelay: limit },
    journal: { dir: name, keepReleases: count, resumeWithin: limit },
    admin: { oidc, hosts: [`${name}.example`] },
    fleet: { url: `redis://${name}:6379`, prefix: name, flush: limit, member: name },
    rollout: { bake: limit, allowForce: count === 6 },
  };
}

function configOf(file: object): Config {
  const result = readConfig(JSON.stringify(file), 'weir.json');
  if ('mistakes' in result) throw new Error(JSON.stringify(result.mistakes));
  return result.config;
}

/** Whether a file has something at this key. */
const has = (file: unknown, key: string): boolean =>
  key.split('.').reduce((at: unknown, name) => (at as Record<string, unknown> | undefined)?.[name], file) !== undefined;

describe('the names of settings that differ', () => {
  it('are keys of the file, each once', () => {
    const { fixed, adjustable } = differencesBetween(configOf(before), configOf(after));
    const names = [...fixed, ...adjustable];
    expect(names.filter((name) => !has(after, name))).toEqual([]);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(expect.arrayContaining(['listen.traffic', 'override.header', 'guards.errors', 'guards.p95']));
  });

  it('stand in what a refusal says', () => {
    const [refusal] = refusalsOf(configOf(before), configOf({ ...before, listen: after.listen }), []);
    expect(refusal).toBe('listen.traffic: expected what Weir was started with, because a change needs a restart');
  });
});
