import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@redis/client';
import { freePort } from '../ports.ts';

export interface RedisServer {
  readonly port: number;
  readonly pid: number;
  readonly dir: string;
  /** Asks the server itself, beside what is tested. */
  command(...args: string[]): Promise<unknown>;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

export interface GivenServer {
  readonly port?: number;
  /** Its configuration file: a sentinel is started instead. */
  readonly sentinel?: string;
  /** What the server is asked with; it must be told to require it. */
  readonly password?: string;
}

/** A server of its own on a free port, in a folder of its own, ended by its process id. */
export async function startRedis(options: readonly string[] = [], given: GivenServer = {}): Promise<RedisServer> {
  const dir = await mkdtemp(join(tmpdir(), 'weir-redis-'));
  const { port = await freePort(), sentinel, password } = given;
  const usual = ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, '--daemonize', 'no'];
  const args =
    sentinel === undefined
      ? [...usual, '--save', '', '--appendonly', 'no', ...options]
      : [sentinel, '--sentinel', ...usual, ...options];
  const child = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'ignore'] });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said = `${said}${chunk.toString()}`.slice(-2000)));
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const socket = { host: '127.0.0.1', port, reconnectStrategy: () => 50 };
  const client = createClient({ RESP: 2, socket, ...(password !== undefined && { password }) });
  client.on('error', () => {});
  const failed = ended.then(() => {
    client.destroy();
    throw new Error(`redis-server has ended: ${said}`);
  });
  failed.catch(() => {});
  await Promise.race([client.connect(), failed]);
  const server: RedisServer = {
    port,
    pid: child.pid!,
    dir,
    command: (...command) => client.sendCommand(command),
    async stop(signal = 'SIGKILL') {
      try {
        client.destroy();
      } catch {
        // It had lost its connection.
      }
      child.kill(signal);
      await ended;
      await rm(dir, { recursive: true, force: true });
    },
  };
  return server;
}
