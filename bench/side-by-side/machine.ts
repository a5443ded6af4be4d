import { spawnSync } from 'node:child_process';
import { cpus, release, totalmem } from 'node:os';
import { systemClock } from '../../src/support/clock.ts';
import type { Contender } from './contenders.ts';

/** What the figures depend on. */
export function machineFacts(node: string, contenders: readonly Contender[]): string {
  const nodeVersion = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim();
  const versions = contenders.filter(({ version }) => version !== '').map(({ name, version }) => `${name} ${version}`);
  const [core] = cpus();
  return [
    `${core?.model.trim() ?? 'unknown CPU'}, ${cpus().length} cores, ${Math.round(totalmem() / 1e9)} GB, Linux ${release()}`,
    `Node ${nodeVersion}; ${versions.join(', ')}`,
    new Date(systemClock.wallMs()).toISOString().slice(0, 10),
  ].join(' · ');
}
