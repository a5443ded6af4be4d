import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { servingPorts } from '../src/demo/serving.ts';
import { systemClock } from '../src/support/clock.ts';
import { containerOf } from './container.ts';
import { run, succeeds } from './programs.ts';

const PATIENCE_MS = 20_000;

/** A container of the image that serves. */
export interface Started {
  readonly ports: { readonly traffic: number; readonly admin: number; readonly telemetry: number };
  /** From the start of podman until `/readyz` said 200. */
  readonly readyAfterMs: number;
  /** Runs a command inside. */
  exec(...command: string[]): string;
  readyz(): Promise<number | null>;
  terminate(): void;
  /** Its exit code. */
  readonly ended: Promise<number | null>;
}

/** Runs the image on free ports, lends it to `use`, and leaves nothing behind. */
export async function withContainer<T>(scratch: string, use: (started: Started) => Promise<T>): Promise<T> {
  const name = `weir-test-${randomUUID().slice(0, 8)}`;
  const file = join(scratch, `${name}.yaml`);
  const listen = { traffic: '127.0.0.1:0', admin: '127.0.0.1:0', telemetry: '127.0.0.1:0' };
  const stable = { version: 'v1', url: 'http://127.0.0.1:9' };
  writeFileSync(file, JSON.stringify({ service: 'checkout', listen, stable, timeouts: { drain: '2s' } }));
  const beganMs = systemClock.monotonicMs();
  const child = spawn('podman', containerOf(name, file), { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  try {
    const ports = await until(
      () => servingPorts(output.slice(0, output.lastIndexOf('\n') + 1)),
      () => output,
    );
    const readyz = (): Promise<number | null> =>
      fetch(`http://127.0.0.1:${ports.telemetry}/readyz`).then(
        ({ status }) => status,
        () => null,
      );
    await until(
      async () => ((await readyz()) === 200 ? true : null),
      () => output,
    );
    return await use({
      ports,
      readyAfterMs: systemClock.monotonicMs() - beganMs,
      exec: (...command) => run('podman', ['--runtime', 'runc', 'exec', name, ...command]),
      readyz,
      terminate: () => void child.kill('SIGTERM'),
      ended,
    });
  } finally {
    succeeds('podman', ['rm', '--force', '--ignore', name]);
    await ended;
  }
}

/** Looks until there is something; what the container wrote explains why there never was. */
export async function until<T>(look: () => T | null | Promise<T | null>, explain: () => string): Promise<T> {
  const giveUpAtMs = systemClock.monotonicMs() + PATIENCE_MS;
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    if (systemClock.monotonicMs() > giveUpAtMs) throw new Error(`waited for 20 s in vain: ${explain()}`);
    await pause(5);
  }
}
