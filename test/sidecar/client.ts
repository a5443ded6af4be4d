import type { ClientRequest, IncomingHttpHeaders } from 'node:http';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly text: string;
}

export interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  readonly agent?: Agent;
}

/** One request and its whole answer. Rejects when there is none, or when it is cut short. */
export function ask(url: string, { method = 'GET', headers = {}, body, agent }: Asked = {}): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  const sent: ClientRequest = request(url, { method, agent: agent ?? false, headers: { ...length, ...headers } });
  sent.on('error', reject);
  sent.on('response', (incoming) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('error', reject);
    incoming.on('end', () => {
      const { statusCode: status = 0, headers: fields, rawHeaders } = incoming;
      resolve({ status, headers: fields, rawHeaders, text: Buffer.concat(chunks).toString() });
    });
  });
  sent.end(body);
  return promise;
}

/** A kept-alive agent that is gone with the test. */
export function keepAliveAgent(connections = Number.POSITIVE_INFINITY): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  onTestFinished(() => agent.destroy());
  return agent;
}

/** So many requests over a few kept-alive connections, each connection one after another. */
export function askMany(url: string, count: number, connections = 8): Promise<Answer[]> {
  const agent = keepAliveAgent(connections);
  return Promise.all(Array.from({ length: count }, () => ask(url, { agent })));
}

/** A connection that the test writes and reads by hand. */
export interface RawClient {
  readonly socket: Socket;
  /** Everything that has come so far, a byte a character. */
  text(): string;
  isClosed(): boolean;
}

export function connectRaw(port: number, firstBytes = ''): RawClient {
  const socket = connect({ port, host: '127.0.0.1' });
  onTestFinished(() => void socket.destroy());
  let text = '';
  let isClosed = false;
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
  socket.on('error', () => undefined);
  socket.on('close', () => (isClosed = true));
  socket.write(firstBytes);
  return { socket, text: () => text, isClosed: () => isClosed };
}
