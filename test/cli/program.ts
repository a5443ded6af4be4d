import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { onTestFinished } from 'vitest';

const main = resolve(import.meta.dirname, '../../src/main.ts');

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly error: string;
}

export interface Running {
  out(): string;
  error(): string;
  readonly ended: Promise<Ended>;
  interrupt(): void;
}

/** What a test puts into the environment; nothing else of Weir's or of colour's is there. */
export type Variables = Readonly<Record<string, string>>;

/** The real program as a process of its own. */
export function startCli(args: readonly string[], variables: Variables = {}): Running {
  return start(process.execPath, [main, ...args], variables);
}

/** The same, run to its end. */
export function cli(args: readonly string[], variables: Variables = {}): Promise<Ended> {
  return startCli(args, variables).ended;
}

/** A shell script in which `weir` is the program. */
export function startScript(text: string, variables: Variables = {}): Running {
  const prologue = `weir() { "${process.execPath}" "${main}" "$@"; }`;
  return start('bash', ['-c', `${prologue}\n${text}`], variables);
}

function start(command: string, args: readonly string[], variables: Variables): Running {
  const environment = { PATH: process.env['PATH'], HOME: process.env['HOME'], ...variables };
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: environment });
  let [out, error] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (error += chunk.toString()));
  const ended = new Promise<Ended>((settle) => child.on('close', (code) => settle({ code, out, error })));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return { out: () => out, error: () => error, ended, interrupt: () => void child.kill('SIGINT') };
}
