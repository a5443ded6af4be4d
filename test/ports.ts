import type { Socket } from 'node:dgram';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Ports for what binds them later: another process, or nobody at all. A number that the system gave for port 0 may be given
 * to the next who asks before it is used, and suites run beside each other. These lie below what systems give away, and
 * whoever takes one holds UDP of the same number until the process ends, so that no two suites have the same.
 */
const FIRST = 30_500;
const COUNT = 2200;

const held: Socket[] = [];
/** Where suites begin to look lies apart, so that they seldom meet. */
let next = (process.pid * 64) % COUNT;

export async function freePort(): Promise<number> {
  for (let tries = 0; tries < COUNT; tries++) {
    const port = FIRST + (next++ % COUNT);
    const claim = await claimOf(port);
    if (claim === null) continue;
    held.push(claim);
    if (await isUnbound(port)) return port;
  }
  throw new Error(`no port from ${FIRST} to ${FIRST + COUNT - 1} is free`);
}

async function claimOf(port: number): Promise<Socket | null> {
  const socket = createSocket('udp4').unref();
  socket.bind({ port, address: '127.0.0.1', exclusive: true });
  try {
    await once(socket, 'listening');
    return socket;
  } catch {
    return null;
  }
}

async function isUnbound(port: number): Promise<boolean> {
  const server = createServer().listen({ port, host: '127.0.0.1', exclusive: true });
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
