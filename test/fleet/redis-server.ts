import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@redis/client';

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

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
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
  const child = spawn('redis-server', args, { stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const socket = { host: '127.0.0.1', port, reconnectStrategy: () => 50 };
  const client = createClient({ RESP: 2, socket, ...(password !== undefined && { password }) });
  client.on('error', () => {});
  await client.connect();
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
