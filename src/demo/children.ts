import { fork, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import type { Behaviour } from './behaviour.ts';

/** How a child ended; `code` is null when a signal did it. */
export interface Ending {
  readonly code: number | null;
  readonly signal: string | null;
}

export interface Child {
  readonly name: string;
  readonly pid: number;
  readonly ended: Promise<Ending>;
  readonly hasEnded: () => boolean;
  /** From now on its end is a misfortune to be told of; before, whoever starts it looks for himself. */
  mustLive(): void;
  /** Asks it to end by SIGTERM, and after `patienceMs` makes it. */
  end(patienceMs: number): Promise<Ending>;
}

export interface UpstreamWish {
  readonly version: string;
  /** Another one is taken when this is not free. */
  readonly port: number;
  readonly behaviour: Behaviour;
}

export interface WeirWish {
  readonly configFile: string;
  /** Where it runs: relative paths of the configuration begin here. */
  readonly dir: string;
  /** An open file for all it writes. */
  readonly log: number;
}

/** The processes of the demo. Whatever way it ends, none of them outlives it. */
export interface Children {
  startWeir(wish: WeirWish): Child;
  /** Resolves with its real port once it listens. */
  startUpstream(wish: UpstreamWish): Promise<{ readonly child: Child; readonly port: number }>;
  endAll(patienceMs: number): Promise<void>;
  /** At once, for when nobody can wait any more. */
  readonly killAll: () => void;
}

/** What an upstream tells once it listens. */
const listening = z.object({ port: z.number() });

/** The same file name as source and as built JavaScript: with the extension that this file has. */
const entry = (name: string): string => fileURLToPath(new URL(`${name}${extname(import.meta.url)}`, import.meta.url));

/**
 * A process group of their own: Ctrl-C in a terminal signals a whole group, and the demo alone must hear it, so that
 * it can end the others in order.
 */
const OWN_GROUP = { detached: true } as const;

/** The program that is Weir, and its arguments. */
export type WeirCommand = (configFile: string) => readonly [string, ...string[]];

/** The one that this file belongs to. */
const thisWeir: WeirCommand = (configFile) => [process.execPath, entry('../main'), 'serve', '--config', configFile];

/**
 * @param onDeath told of a child that had to live and ended without being asked to.
 * @param weirCommand how Weir is started, when it is another one than this.
 */
export function createChildren(onDeath: (name: string, ending: Ending) => void, weirCommand = thisWeir): Children {
  const running = new Map<Child, ChildProcess>();

  function watch(name: string, child: ChildProcess): Child {
    let isNeeded = false;
    let hasEnded = false;
    const ended = new Promise<Ending>((resolve) => {
      const settle = (ending: Ending): void => {
        if (hasEnded) return;
        hasEnded = true;
        running.delete(watched);
        resolve(ending);
        if (isNeeded) onDeath(name, ending);
      };
      child.once('exit', (code, signal) => settle({ code, signal }));
      child.once('error', (error) => settle({ code: null, signal: error.message }));
    });
    function mustLive(): void {
      isNeeded = true;
    }
    async function end(patienceMs: number): Promise<Ending> {
      isNeeded = false;
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs);
      const ending = await ended;
      clearTimeout(timer);
      return ending;
    }
    const watched: Child = { name, pid: child.pid ?? 0, ended, hasEnded: () => hasEnded, mustLive, end };
    running.set(watched, child);
    return watched;
  }

  return {
    startWeir({ configFile, dir, log }) {
      const [program, ...args] = weirCommand(configFile);
      return watch('Weir', spawn(program, args, { ...OWN_GROUP, cwd: dir, stdio: ['ignore', log, log] }));
    },
    async startUpstream({ version, port, behaviour }) {
      const args = [version, String(port), behaviour];
      const forked = fork(entry('./upstream'), args, { ...OWN_GROUP, execArgv: [], stdio: 'inherit' });
      const child = watch(`the upstream ${version}`, forked);
      const told = new Promise<number>((resolve) => {
        forked.once('message', (message) => resolve(listening.parse(message).port));
      });
      const failed = child.ended.then((): never => {
        throw new Error(`the upstream ${version} did not start`);
      });
      const bound = await Promise.race([told, failed]);
      child.mustLive();
      return { child, port: bound };
    },
    async endAll(patienceMs) {
      await Promise.all([...running.keys()].map((child) => child.end(patienceMs)));
    },
    killAll() {
      for (const child of running.values()) child.kill('SIGKILL');
    },
  };
}
