import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ask, askMany } from './client.ts';
import { eventually } from './eventually.ts';
import { startLoad } from './load.ts';
import type { Settings } from './settings.ts';
import { configText, temporaryDirectory } from './settings.ts';
import { startProgram, startProgramWith } from './spawn.ts';
import { startUpstream } from './upstream.ts';
import { startWeir } from './weir.ts';

const MISSING = 'expected a configuration file, but it does not exist';

/** A mounted ConfigMap: the file is a link through `..data`, which is swapped by a rename. */
function mountedConfigMap() {
  const dir = temporaryDirectory();
  let generation = 0;
  function swap(text: string): void {
    const name = `..2026_${(generation += 1)}`;
    mkdirSync(join(dir, name));
    writeFileSync(join(dir, name, 'weir.json'), text);
    symlinkSync(name, join(dir, '..data_tmp'));
    renameSync(join(dir, '..data_tmp'), join(dir, '..data'));
    if (generation === 1) symlinkSync('..data/weir.json', join(dir, 'weir.json'));
    else rmSync(join(dir, `..2026_${generation - 1}`), { recursive: true });
  }
  return { file: join(dir, 'weir.json'), swap };
}

async function startPair(): Promise<Settings> {
  const [stable, candidate] = [await startUpstream('stable'), await startUpstream('candidate')];
  const state = join(temporaryDirectory(), 'state');
  return { stable: stable.url, candidate: candidate.url, weight: '20%', state };
}

describe('a ConfigMap that is swapped under load', () => {
  it('brings a new candidate within seconds, and garbage is refused whole, and users see nothing of it', async () => {
    const settings = await startPair();
    const next = await startUpstream('next');
    const mounted = mountedConfigMap();
    mounted.swap(configText(settings));
    const weir = await startProgramWith(mounted.file);
    const load = startLoad(weir.traffic, { perSecond: 300 });
    await eventually(() => expect(load.answers.length).toBeGreaterThan(100));

    mounted.swap(configText({ ...settings, candidate: next.url, candidateVersion: 'v3', weight: '40%' }));
    const taken = { phase: 'shifting', source: 'file', candidate: { version: 'v3' }, weights: { candidate: 40 } };
    await eventually(async () => expect(await weir.status()).toMatchObject(taken));
    await eventually(() => expect(next.requests.length).toBeGreaterThan(50));

    mounted.swap('candidate: {');
    await eventually(async () => expect((await weir.status()).configuration.successful).toBe(false));
    const { configuration, candidate, weights } = await weir.status();
    expect(configuration.mistakes.length).toBeGreaterThan(0);
    expect([candidate?.version, weights.candidate]).toEqual(['v3', 40]);
    expect(await weir.metric('weir_config_last_reload_successful')).toBe(0);

    await load.stop();
    expect(load.failures).toEqual([]);
    expect(load.answers.every(({ status }) => status === 200)).toBe(true);
  });
});

describe('a configuration file that is removed', () => {
  it('is told of, because the next start would fail, and so is its return', async () => {
    const settings = await startPair();
    const file = join(temporaryDirectory(), 'weir.json');
    writeFileSync(file, configText(settings));
    const weir = await startProgramWith(file);
    rmSync(file);
    await eventually(async () => {
      const { configuration, weights } = await weir.status();
      expect(configuration).toMatchObject({ successful: false, mistakes: [`${file}: ${MISSING}`] });
      expect(weights.candidate).toBe(20);
    });
    writeFileSync(file, configText(settings));
    await eventually(async () => expect((await weir.status()).configuration.successful).toBe(true));
  });

  it('is what SIGHUP says, too', async () => {
    const settings = await startPair();
    const mounted = mountedConfigMap();
    mounted.swap(configText(settings));
    const weir = await startProgramWith(mounted.file);
    rmSync(mounted.file);
    weir.kill('SIGHUP');
    await eventually(async () => {
      expect((await weir.status()).configuration.mistakes).toEqual([`${mounted.file}: ${MISSING}`]);
    });
  });
});

describe('a restart', () => {
  it('says which releases are in force, whatever the file calls stable', async () => {
    const settings = await startPair();
    const first = await startProgram(settings);
    await first.change('POST', '/v1/rollout/promote', {});
    const { stable } = await first.status();
    first.kill('SIGKILL');
    await first.ended;
    const second = await startProgram(settings);
    const line =
      second
        .stdout()
        .split('\n')
        .find((text) => text.includes('"msg":"serving"')) ?? '{}';
    expect(JSON.parse(line)).toMatchObject({ stable: stable.version });
    expect(stable.version).not.toBe(JSON.parse(configText(settings)).stable.version);
  });
});

describe('SIGHUP', () => {
  it('reads the file again, and the same file undoes no rollback', async () => {
    const settings = await startPair();
    const mounted = mountedConfigMap();
    mounted.swap(configText(settings));
    const weir = await startProgramWith(mounted.file);
    await weir.change('POST', '/v1/rollback', { reason: 'bad' });
    const before = (await weir.status()).configuration.triedAt;
    weir.kill('SIGHUP');
    await eventually(async () => expect((await weir.status()).configuration.triedAt).not.toBe(before));
    expect(await weir.status()).toMatchObject({ phase: 'rolled-back', reason: 'bad', source: 'operator' });
  });
});

describe('a configuration that is read again', () => {
  it('puts other guards in force, with empty windows, and what was under way counts for nothing', async () => {
    const settings = await startPair();
    const weir = await startWeir(settings);
    await askMany(weir.traffic, 50);
    expect((await weir.status()).window.candidate.requests).toBe(10);
    await weir.reload({ ...settings, guards: { window: '30s', errors: '1%', p95: null } });
    expect((await weir.status()).window.candidate.requests).toBe(0);
    await askMany(weir.traffic, 50);
    expect((await weir.status()).window.candidate.requests).toBe(10);
    const [latest] = await weir.history();
    expect([latest?.type, latest?.reason]).toEqual(['configured', expect.stringContaining('guards.')]);
  });

  it('makes another P95 limit a bound of the latencies, beside the former', async () => {
    const settings = { ...(await startPair()), guards: { window: '10s', errors: null, p95: '7700ms' } };
    const weir = await startWeir(settings);
    const bound = (le: string) => weir.metric('weir_request_duration_seconds_bucket', { upstream: 'stable', le });
    await askMany(weir.traffic, 50);
    expect([await bound('7.7'), await bound('8.8')]).toEqual([40, undefined]);
    await weir.reload({ ...settings, guards: { ...settings.guards, p95: '8800ms' } });
    await askMany(weir.traffic, 50);
    expect([await bound('7.7'), await bound('8.8'), await bound('10')]).toEqual([80, 80, 80]);
  });

  it('puts other limits in force for the next request', async () => {
    const settings = await startPair();
    const weir = await startWeir(settings);
    await weir.reload({ ...settings, limits: { headBytes: '1KiB' } });
    const answer = await ask(weir.traffic, { headers: { 'x-long': 'x'.repeat(2000) } });
    expect(answer.status).toBe(431);
  });

  it('refuses whole what needs a restart, or gives a known version another image', async () => {
    const settings = await startPair();
    const weir = await startWeir(settings);
    await weir.reload({ ...settings, weight: '50%', more: { sticky: { cookie: 'weir' } } });
    const { configuration, weights } = await weir.status();
    expect([configuration.successful, weights.candidate]).toEqual([false, 20]);
    expect(configuration.mistakes).toEqual([expect.stringContaining('sticky: expected what Weir was started with')]);
    expect(weir.lines.some(({ level, message }) => level === 'error' && message.includes('refused whole'))).toBe(true);
    await weir.reload(settings);
    expect((await weir.status()).configuration).toMatchObject({ successful: true, mistakes: [] });
  });

  it('follows a plan that the file now has', async () => {
    const settings = await startPair();
    const weir = await startWeir(settings);
    const plan = [
      { weight: '20%', hold: '100ms' },
      { weight: '60%', hold: '1h' },
    ];
    await weir.reload({ ...settings, more: { plan } });
    await eventually(async () => expect((await weir.status()).weights.candidate).toBe(60));
  });

  it('tells what the file says from what a person did', async () => {
    const settings = await startPair();
    const weir = await startWeir(settings);
    await weir.change('PUT', '/v1/weights', { candidate: 33 });
    await weir.reload(settings);
    expect(await weir.status()).toMatchObject({
      source: 'operator',
      weights: { candidate: 33 },
      declared: { weight: 20 },
    });
  });
});
