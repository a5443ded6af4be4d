import type { RequestListener } from 'node:http';
import { describe, expect, it } from 'vitest';
import type { Prober, ProbeSettings } from '../../src/health/prober.ts';
import { createProber } from '../../src/health/prober.ts';
import type { Release } from '../../src/model/release.ts';
import { systemClock } from '../../src/support/clock.ts';
import { eventually } from '../sidecar/eventually.ts';
import { freePort } from '../ports.ts';
import { startUpstream } from '../sidecar/upstream.ts';

const SETTINGS: ProbeSettings = { path: '/up', everyMs: 1000, timeoutMs: 60_000, failures: 2, of: 3, passes: 2 };

function proberOf(candidate: Release | null) {
  const world = { candidate, settings: SETTINGS as ProbeSettings | null };
  const told: string[] = [];
  const prober = createProber({
    settings: () => world.settings,
    upstreams: () => ({ stable: null, candidate: world.candidate }),
    clock: systemClock,
    random: () => 0.5,
    tell: (side, { version }, { up }) => told.push(`${side} ${version} ${up ? 'up' : 'down'}`),
  });
  return { prober, world, told };
}

const failuresOf = (prober: Prober): number => prober.summary('candidate')?.failures ?? 0;

describe('a prober', () => {
  it('sends what is due when the beat comes, and no more', async () => {
    const upstream = await startUpstream('v2');
    const { prober } = proberOf({ version: 'v2', url: upstream.url });
    for (const nowMs of [0, 50, 99]) prober.beat(nowMs);
    expect(upstream.requests).toHaveLength(0);
    for (const nowMs of [100, 200, 900]) prober.beat(nowMs);
    await eventually(() => expect(prober.summary('candidate')?.passes).toBe(1));
    expect(upstream.requests.map(({ url }) => url)).toEqual(['/up']);
    prober.beat(1100);
    await eventually(() => expect(prober.isChecked()).toBe(true));
  });

  it('says once that an upstream is down, and once that it is up again', async () => {
    const bad: RequestListener = (_request, response) => void response.writeHead(302).end();
    const worse: RequestListener = (_request, response) => void response.writeHead(500).end();
    const upstream = await startUpstream('v2', worse);
    const { prober, told } = proberOf({ version: 'v2', url: upstream.url });
    let nowMs = 0;
    const probed = async (failures: number) => {
      prober.beat((nowMs += 1100));
      await eventually(() => expect(failuresOf(prober)).toBe(failures));
    };
    prober.beat(0);
    await probed(1);
    await probed(2);
    await probed(3);
    expect(told).toEqual(['candidate v2 down']);
    expect(prober.reason()).toMatchObject({ measure: 'probe', relation: '>' });
    expect(prober.obstacle()).toContain('500');
    upstream.answer = bad;
    await probed(2);
    await probed(1);
    expect(told).toEqual(['candidate v2 down', 'candidate v2 up']);
    expect(prober.obstacle()).toBeNull();
  });

  it('keeps of what was before a new try the passes alone, and says that it is up', async () => {
    const upstream = await startUpstream('v2', (_request, response) => void response.writeHead(500).end());
    const { prober, world, told } = proberOf({ version: 'v2', url: upstream.url });
    world.settings = { ...SETTINGS, timeoutMs: 60_000, of: 4 };
    let nowMs = 0;
    const probed = async (sent: number) => {
      prober.beat((nowMs += 1100));
      await eventually(() => expect(prober.reason()?.samples).toBe(sent));
    };
    prober.beat(0);
    await probed(1);
    await probed(2);
    upstream.answer = (_request, response) => void response.end();
    await probed(3);
    await probed(4);
    expect(prober.isChecked()).toBe(true);
    expect(prober.reason()).toMatchObject({ relation: '>', measured: 2 });
    prober.restart('candidate');
    expect(prober.isChecked()).toBe(true);
    expect(prober.reason()).toMatchObject({ relation: '<=', measured: 0, samples: 2 });
    expect(told).toEqual(['candidate v2 down', 'candidate v2 up']);
  });

  it('does not call up who is started by force, and counts its failures from there', async () => {
    const upstream = await startUpstream('v2', (_request, response) => void response.writeHead(500).end());
    const { prober, world, told } = proberOf({ version: 'v2', url: upstream.url });
    world.settings = { ...SETTINGS, timeoutMs: 60_000 };
    let nowMs = 0;
    const probed = async (failures: number) => {
      prober.beat((nowMs += 1100));
      await eventually(() => expect(failuresOf(prober)).toBe(failures));
    };
    prober.beat(0);
    await probed(1);
    await probed(2);
    prober.restart('candidate');
    expect([failuresOf(prober), prober.reason()]).toEqual([0, null]);
    await probed(1);
    await probed(2);
    expect(told).toEqual(['candidate v2 down', 'candidate v2 down']);
  });

  it('counts nothing for a release that came after the question, and goes on counting when the file says the same', async () => {
    const upstream = await startUpstream('v2', (_request, response) => void response.writeHead(500).end());
    const { prober, world } = proberOf({ version: 'v2', url: upstream.url });
    prober.beat(0);
    prober.beat(200);
    await eventually(() => expect(failuresOf(prober)).toBe(1));
    world.settings = { ...SETTINGS };
    prober.beat(300);
    expect(failuresOf(prober)).toBe(1);
    world.candidate = { version: 'v3', url: upstream.url };
    prober.beat(400);
    expect(failuresOf(prober)).toBe(0);
  });
});

describe('a health check', () => {
  it('passes with so many passes in a row, and says what it found when it does not', async () => {
    const upstream = await startUpstream('v2');
    const { prober, world } = proberOf(null);
    expect(await prober.check({ version: 'v2', url: upstream.url })).toBeNull();
    expect(upstream.requests).toHaveLength(2);
    upstream.answer = () => undefined;
    world.settings = { ...SETTINGS, timeoutMs: 100 };
    expect(await prober.check({ version: 'v2', url: upstream.url })).toBe('GET /up: no answer within 100 ms');
    world.settings = SETTINGS;
    const nobody = `http://127.0.0.1:${await freePort()}`;
    expect(await prober.check({ version: 'v2', url: nobody })).toContain('ECONNREFUSED');
  });

  it('without a probe is a connection', async () => {
    const upstream = await startUpstream('v2');
    const { prober, world } = proberOf(null);
    world.settings = null;
    expect(await prober.check({ version: 'v2', url: upstream.url })).toBeNull();
    expect(upstream.requests).toHaveLength(0);
    expect(await prober.check({ version: 'v2', url: `http://127.0.0.1:${await freePort()}` })).toContain(
      'ECONNREFUSED',
    );
    expect(await prober.check({ version: 'v2', url: 'unix:/no/such/socket' })).toContain('ENOENT');
  });
});
