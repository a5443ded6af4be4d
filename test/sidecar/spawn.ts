import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Doors } from './doors.ts';
import { doorsOf } from './doors.ts';
import { eventually } from './eventually.ts';
import type { Settings } from './settings.ts';
import { configText, temporaryDirectory } from './settings.ts';

const main = resolve(import.meta.dirname, '../../src/main.ts');

export interface Ending {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly signal: string | null;
}

/** The real program as a process of its own. */
export interface Program {
  readonly pid: number;
  stdout(): string;
  stderr(): string;
  readonly ended: Promise<Ending>;
  kill(signal: NodeJS.Signals): void;
}

export interface RunningProgram extends Program, Doors {}

/** @param prologue shell commands that prepare the process before it becomes the program. */
export function runProgram(text: string, prologue?: string): Program {
  const file = join(temporaryDirectory(), 'weir.json');
  writeFileSync(file, text);
  return runProgramWith(file, prologue);
}

/** The same with a configuration file that the test has written. */
function runProgramWith(file: string, prologue?: string): Program {
  const command = [process.execPath, main, 'serve', '--config', file];
  const child: ChildProcess =
    prologue === undefined
      ? spawn(command[0]!, command.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] })
      : spawn('bash', ['-c', `${prologue}; exec "$@"`, 'bash', ...command], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout!.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
  child.stderr!.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  const ended = new Promise<Ending>((settle) => child.on('close', (code, signal) => settle({ code, signal })));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return { pid: child.pid!, stdout: () => stdout, stderr: () => stderr, ended, kill: (signal) => child.kill(signal) };
}

/** Starts the program and waits until it says on which ports it serves. */
export function startProgram(settings: Settings, prologue?: string): Promise<RunningProgram> {
  return whenServing(runProgram(configText(settings), prologue));
}

/** The same with a configuration file that the test has written. */
export function startProgramWith(file: string): Promise<RunningProgram> {
  return whenServing(runProgramWith(file));
}

async function whenServing(program: Program): Promise<RunningProgram> {
  const ports = await eventually(() => {
    const serving = linesOf(program.stdout()).find(({ msg }) => msg === 'serving');
    if (serving?.ports === undefined) throw new Error(`it does not serve: ${program.stdout()}${program.stderr()}`);
    return serving.ports;
  });
  return { ...program, ...doorsOf(ports) };
}

/** One line of the program's log, as far as tests look at it. */
export interface LogRecord {
  readonly msg: string;
  readonly ports?: Doors['ports'];
  readonly cut?: number;
}

/** The lines of a log that are complete. */
export function linesOf(text: string): LogRecord[] {
  const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
  return lines
    .filter((line) => line !== '')
    .map((line) => {
      const record: LogRecord = JSON.parse(line);
      return record;
    });
}
