import type { IncomingMessage, RequestListener } from 'node:http';
import { createServer } from 'node:http';
import type { Server, Socket } from 'node:net';
import { createServer as createRawServer } from 'node:net';
import { onTestFinished } from 'vitest';

/** A real upstream whose answers a test scripts, and may change as it goes. */
export interface Upstream {
  readonly port: number;
  readonly url: string;
  /** Requests that have come, in order. */
  readonly requests: readonly IncomingMessage[];
  answer: RequestListener;
  close(): Promise<void>;
}

/** It answers 200 with its own name, unless told otherwise. Port 0 is any free one. */
export async function startUpstream(name: string, answer?: RequestListener, port = 0): Promise<Upstream> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    upstream.answer(request, response);
  });
  const close = (): Promise<void> => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(() => resolve()));
  };
  const bound = await listen(server, port);
  const upstream: Upstream = {
    port: bound,
    url: `http://127.0.0.1:${bound}`,
    requests,
    answer: answer ?? (async (request, response) => void response.end((await drained(request)) && name)),
    close,
  };
  onTestFinished(close);
  return upstream;
}

/** Reads the body away, as an upstream must before it may keep the connection. */
async function drained(request: IncomingMessage): Promise<true> {
  request.resume();
  if (!request.complete) await new Promise((resolve) => request.once('end', resolve));
  return true;
}

export const failing: RequestListener = (_request, response) => void response.writeHead(500).end('broken');
export const silent: RequestListener = () => undefined;

/** Answers 200 after so long. */
export function slow(delayMs: number): RequestListener {
  return (_request, response) => void setTimeout(() => response.end('late'), delayMs);
}

export interface RawUpstream {
  readonly url: string;
  readonly sockets: readonly Socket[];
  close(): Promise<void>;
}

/** An upstream of bare bytes: `script` is called for each request head that comes, with its connection. */
export async function startRawUpstream(script: (socket: Socket, head: string) => void): Promise<RawUpstream> {
  const sockets: Socket[] = [];
  const server = createRawServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      const end = text.indexOf('\r\n\r\n');
      if (end < 0) return;
      const head = text.slice(0, end);
      text = text.slice(end + 4);
      script(socket, head);
    });
  });
  const port = await listen(server, 0);
  const close = (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(() => resolve()));
  };
  onTestFinished(close);
  return { url: `http://127.0.0.1:${port}`, sockets, close };
}

export function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1' }, () => {
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('it listens on no port'));
      else resolve(address.port);
    });
  });
}
