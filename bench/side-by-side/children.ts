import type { ChildProcess } from 'node:child_process';
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { familyOf } from './proc.ts';

/** Everything this run puts into the world: a directory and processes. All of it goes when the run ends, however. */
export const directory = mkdtempSync(join(tmpdir(), 'weir-bench-'));
// nginx's worker is somebody else, and reads the files.
chmodSync(directory, 0o755);

const running = new Set<ChildProcess>();
const READY_MS = 15_000;
const END_MS = 5000;

process.on('exit', () => {
  for (const child of running) for (const pid of familyOf(child.pid!).toReversed()) end(pid, 'SIGKILL');
  rmSync(directory, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(1));

function end(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended already.
  }
}

export const isInstalled = (program: string): boolean => spawnSync('which', [program]).status === 0;

const canPin = isInstalled('taskset') && process.platform === 'linux';
/** The proxy has core 0 for itself; load and backend share core 1. */
export const CORE = { proxy: 0, load: 1 } as const;

/** The command, kept on one core where that is possible. */
const pinned = (core: number, command: readonly string[]): string[] =>
  canPin ? ['taskset', '-c', String(core), ...command] : [...command];

/** Starts a server and waits until its port answers. */
export async function startServer(core: number, command: readonly string[], port: number): Promise<ChildProcess> {
  const [program, ...rest] = pinned(core, command);
  const log = join(directory, `${port}.log`);
  const output = openSync(log, 'a');
  const child = spawn(program!, rest, { stdio: ['ignore', output, output], cwd: directory });
  closeSync(output);
  running.add(child);
  child.on('error', () => running.delete(child));
  child.on('exit', () => running.delete(child));
  for (let waitedMs = 0; waitedMs < READY_MS && running.has(child); waitedMs += 50) {
    if (await answers(port)) return child;
    await pause(50);
  }
  await stopServer(child);
  throw new Error(`${command.join(' ')} does not serve on port ${port}:\n${readFileSync(log, 'utf8').slice(-2000)}`);
}

export async function stopServer(child: ChildProcess): Promise<void> {
  if (!running.has(child)) return;
  const family = familyOf(child.pid!);
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await Promise.race([ended, pause(END_MS, undefined, { ref: false })]);
  for (const pid of family) end(pid, 'SIGKILL');
  await ended;
}

/** Runs to the end and returns what was said; fails after `limitSeconds`. */
export function run(core: number, command: readonly string[], limitSeconds: number): Promise<string> {
  const [program, ...rest] = pinned(core, command);
  const child = spawn(program!, rest, { stdio: ['ignore', 'pipe', 'inherit'], timeout: limitSeconds * 1000 });
  running.add(child);
  let said = '';
  child.stdout.on('data', (bytes: Buffer) => (said += bytes.toString()));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      running.delete(child);
      if (code === 0) resolve(said);
      else reject(new Error(`${command.join(' ')} ended with ${code}`));
    });
  });
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => resolve(true));
    socket.on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
