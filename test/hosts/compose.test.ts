import { execFileSync, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse, stringify } from 'yaml';
import { readConfig } from '../../src/config/load.ts';
import { parseDuration } from '../../src/support/units.ts';
import { askMany } from '../sidecar/client.ts';
import { eventually } from '../sidecar/eventually.ts';
import { temporaryDirectory } from '../sidecar/settings.ts';
import { startProgramWith } from '../sidecar/spawn.ts';
import { isInstalled } from '../installed.ts';

const folder = resolve(import.meta.dirname, '../../compose');
const textOf = (file: string) => readFileSync(join(folder, file), 'utf8');
interface Service {
  readonly command?: string[];
  readonly ports?: string[];
  readonly read_only?: boolean;
  readonly cap_drop?: string[];
  readonly stop_grace_period?: string;
}
const { services } = parse(textOf('compose.yaml')) as { services: Record<string, Service> };
const result = readConfig(textOf('config/weir.yaml'), 'weir.yaml');
if ('mistakes' in result) throw new Error(JSON.stringify(result.mistakes));
const { config } = result;

const compose = isInstalled('docker-compose') ? 'docker-compose' : null;
if (compose === null) console.warn('SKIPPED: docker-compose is not installed; compose.yaml is not asked of it');

describe('compose.yaml', () => {
  it.skipIf(compose === null)('is one that Compose understands', () => {
    execFileSync('docker-compose', ['-f', join(folder, 'compose.yaml'), 'config', '--quiet'], { stdio: 'pipe' });
  });

  it('starts the versions that the configuration names, where it looks for them', () => {
    for (const [side, release] of [['stable', config.stable] as const, ['candidate', config.candidate!] as const]) {
      const [, , version, port] = services[side]!.command!;
      expect(release).toMatchObject({ version, url: `http://${side}:${port}` });
    }
  });

  it('publishes traffic and telemetry on loopback, and the admin port nowhere', () => {
    const { traffic, admin, telemetry } = config.listen;
    expect(services['weir']!.ports).toEqual([traffic, telemetry].map(({ port }) => `127.0.0.1:${port}:${port}`));
    expect([traffic.host, telemetry.host, admin.host]).toEqual(['0.0.0.0', '0.0.0.0', '127.0.0.1']);
  });

  it('lets no container write or have a capability, and Weir drain', () => {
    for (const { read_only: isReadOnly, cap_drop: dropped } of Object.values(services)) {
      expect([isReadOnly, dropped]).toEqual([true, ['ALL']]);
    }
    const grace = parseDuration(services['weir']!.stop_grace_period!);
    expect('value' in grace && grace.value > config.timeouts.drainMs).toBe(true);
  });
});

describe('what compose starts', () => {
  it('is a service that can be broken, and a Weir that then takes it out', async () => {
    const raw = parse(textOf('config/weir.yaml')) as Record<string, object>;
    const [stable, candidate] = await Promise.all([startService('v1.2.3'), startService('v1.3.0')]);
    const file = join(temporaryDirectory(), 'weir.yaml');
    const listen = { traffic: '127.0.0.1:0', admin: '127.0.0.1:0', telemetry: '127.0.0.1:0' };
    writeFileSync(
      file,
      stringify({
        ...raw,
        listen,
        stable: { ...raw['stable'], url: stable },
        candidate: { ...raw['candidate'], url: candidate },
        // Before it is broken the candidate is as slow as the machine.
        guards: { ...raw['guards'], p95: '10s' },
        timeouts: { drain: '1s' },
        journal: { dir: join(temporaryDirectory(), 'state') },
      }),
    );
    const weir = await startProgramWith(file);
    await askMany(weir.traffic, 40);
    expect((await weir.status()).phase).toBe('shifting');
    await fetch(`${candidate}/broken`, { method: 'PUT' });
    await eventually(async () => {
      await askMany(weir.traffic, 20);
      expect((await weir.status()).phase).toBe('rolled-back');
    });
  });

  async function startService(version: string): Promise<string> {
    const child = spawn(process.execPath, [join(folder, 'service.mjs'), version, '0', '127.0.0.1']);
    onTestFinished(() => void child.kill('SIGKILL'));
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const port = await eventually(() => {
      const [, found] = /listens on (\d+)/.exec(output) ?? [];
      if (found === undefined) throw new Error(output);
      return found;
    });
    return `http://127.0.0.1:${port}`;
  }
});
