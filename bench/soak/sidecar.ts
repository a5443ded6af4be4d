import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

interface Ports {
  readonly traffic: number;
  readonly admin: number;
  readonly telemetry: number;
}

/** What the process holds, from /proc. */
export interface Holding {
  readonly rssBytes: number;
  readonly sockets: number;
}

/** The program to run: Node and its flags, and the entry, which may be a build. */
export interface Program {
  readonly node: string;
  readonly main: string;
}

export const SHIPPED: Program = { node: process.execPath, main: resolve(import.meta.dirname, '../../src/main.ts') };

const ANY_PORT = '127.0.0.1:0';

/** The real program as a process of its own, started with the flags of `npm start`. */
export class Sidecar {
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly exited: Promise<number | null>;
  log = '';
  ports: Ports = { traffic: 0, admin: 0, telemetry: 0 };

  private constructor(config: object, { node, main }: Program) {
    this.#folder = mkdtempSync(join(tmpdir(), 'weir-soak-'));
    const file = join(this.#folder, 'weir.json');
    const text = {
      service: 'soak',
      listen: { traffic: ANY_PORT, admin: ANY_PORT, telemetry: ANY_PORT },
      journal: { dir: join(this.#folder, 'state') },
      ...config,
    };
    writeFileSync(file, JSON.stringify(text));
    const argv = ['--expose-gc', '--max-semi-space-size=2', '--single-threaded', main, 'serve', '--config', file];
    this.#child = spawn(node, argv, { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      stream.on('data', (chunk: Buffer) => (this.log += chunk.toString()));
    }
    this.exited = new Promise((settle) => this.#child.on('close', settle));
  }

  /** Resolves when it serves. */
  static async start(config: object, program: Program = SHIPPED): Promise<Sidecar> {
    const sidecar = new Sidecar(config, program);
    for (;;) {
      const line = sidecar.log.split('\n').find((text) => text.includes('"msg":"serving"'));
      if (line !== undefined) {
        ({ ports: sidecar.ports } = JSON.parse(line) as { ports: Ports });
        return sidecar;
      }
      if (sidecar.#child.exitCode !== null) throw new Error(sidecar.log);
      await pause(20);
    }
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get pid(): number {
    return this.#child.pid!;
  }

  holding(): Holding {
    const folder = `/proc/${this.pid}`;
    const status = readFileSync(`${folder}/status`, 'utf8');
    const sockets = readdirSync(`${folder}/fd`).filter((fd) => isSocket(`${folder}/fd/${fd}`)).length;
    return { rssBytes: Number(/VmRSS:\s+(\d+)/.exec(status)![1]) * 1024, sockets };
  }

  /** The sum of a metric's samples. */
  async metric(name: string): Promise<number> {
    const answer = await fetch(`http://127.0.0.1:${this.ports.telemetry}/metrics`, {
      headers: { connection: 'close' },
    });
    const lines = (await answer.text())
      .split('\n')
      .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
    return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  }

  async setWeight(candidate: number): Promise<void> {
    await fetch(`http://127.0.0.1:${this.ports.admin}/v1/weights`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json', connection: 'close' },
      body: JSON.stringify({ candidate, reason: 'soak' }),
    });
  }

  async stop(): Promise<number | null> {
    this.#child.kill('SIGTERM');
    const code = await this.exited;
    rmSync(this.#folder, { recursive: true, force: true });
    return code;
  }
}

function isSocket(path: string): boolean {
  try {
    return readlinkSync(path).startsWith('socket:');
  } catch {
    return false;
  }
}
