/**
 * An upstream that echoes, as a process of its own, so that it can be killed and stopped: `node upstream.ts PORT`.
 * Each answer bears its request's id. How it misbehaves is told by messages; nothing is answered to the wrong id on
 * purpose, so whatever mix-up a client sees was made on the way.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { systemRandom } from '../../src/support/random.ts';
import type { Behaviour } from './behaviour.ts';
import { CALM } from './behaviour.ts';
import { patternOf } from './pattern.ts';

let behaviour: Behaviour = CALM;
const random = systemRandom;
const sockets = new Set<Socket>();
const served = new WeakMap<Socket, number>();

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { socket } = request;
  const id = String(request.headers['x-id']);
  const { delayMs, failing, cutting, garbling, answeringEarly, closingAfter } = behaviour;
  const count = (served.get(socket) ?? 0) + 1;
  served.set(socket, count);
  const chunks: Buffer[] = [];
  const isEarly = random() < answeringEarly;
  if (isEarly) request.resume();
  else for await (const chunk of request) chunks.push(chunk as Buffer);
  if (delayMs > 0) await pause(random() * 2 * delayMs);
  if (random() < garbling) return void socket.end('HTTP/1.1 2x0 what\r\n\r\n');
  const size = Number(new URL(request.url!, 'http://upstream').searchParams.get('size'));
  const isEcho = request.method === 'POST';
  const body = isEcho && !isEarly ? Buffer.concat(chunks) : patternOf(id, size);
  response.statusCode = isEarly ? 413 : 200;
  if (random() < failing) response.statusCode = 500;
  response.setHeader('x-id', id);
  response.setHeader('x-size', body.length);
  if (random() < 0.5) response.setHeader('content-length', body.length);
  if (random() < cutting) {
    response.write(body.subarray(0, body.length / 2));
    await pause(5);
    return void socket.destroy();
  }
  response.end(body);
  if (closingAfter > 0 && count >= closingAfter) response.once('finish', () => socket.end());
}

const server = createServer((request, response) => {
  answer(request, response).catch(() => response.destroy());
});
server.on('connection', (socket) => {
  sockets.add(socket);
  socket.on('close', () => sockets.delete(socket));
});
server.listen(Number(process.argv[2]), '127.0.0.1', () => process.send?.('listening'));
setInterval(() => {
  if (behaviour.dropping === 0) return;
  for (const socket of sockets) if (random() < behaviour.dropping) socket.destroy();
}, 50);
process.on('message', (message) => {
  behaviour = message as Behaviour;
});
process.on('disconnect', () => process.exit());
