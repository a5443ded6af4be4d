/**
 * The node:http reference: how Weir carried requests before it had a data path of its own. Complete where it
 * costs (both directions stream with backpressure, deadlines, stale connections are retried, hop-by-hop fields stay
 * behind), without what counts and decides. It is what a careful proxy on `http.request` costs.
 */
import { createServer, request as send } from 'node:http';
import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import { agent, draw, port } from './shared.ts';

const TIMEOUTS = { connectMs: 2000, headMs: 30_000, bodyMs: 60_000 };
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'upgrade',
]);

/** Fields without those that concern one hop or are named in Connection, as Node's flat raw list. */
function endToEnd(raw: readonly string[]): string[] {
  const nominated = new Set<string>();
  for (let at = 0; at < raw.length; at += 2) {
    if (raw[at]!.toLowerCase() !== 'connection') continue;
    for (const name of raw[at + 1]!.toLowerCase().split(',')) nominated.add(name.trim());
  }
  const kept: string[] = [];
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at]!.toLowerCase();
    if (!HOP_BY_HOP.has(name) && !nominated.has(name)) kept.push(raw[at]!, raw[at + 1]!);
  }
  return kept;
}

function requestFields(request: IncomingMessage): string[] {
  const kept = endToEnd(request.rawHeaders);
  const peer = request.socket.remoteAddress ?? 'unknown';
  const at = kept.findIndex((text, index) => index % 2 === 0 && text.toLowerCase() === 'x-forwarded-for');
  if (at === -1) kept.push('x-forwarded-for', peer);
  else kept[at + 1] += `, ${peer}`;
  if (request.headers['x-forwarded-proto'] === undefined) kept.push('x-forwarded-proto', 'http');
  kept.push('via', '1.1 weir');
  return kept;
}

function forward(request: IncomingMessage, response: ServerResponse): void {
  const target = new URL(draw());
  let timer: NodeJS.Timeout | undefined;
  let upstream: ClientRequest;
  let isAnswered = false;
  let bodyBytes = 0;
  let hasBodyEnded = false;

  function expectWithin(limitMs: number): void {
    clearTimeout(timer);
    timer = setTimeout(() => upstream.destroy(new Error(`silent for ${limitMs} ms`)), limitMs);
  }

  function fail(error: NodeJS.ErrnoException): void {
    clearTimeout(timer);
    if (response.destroyed || response.writableFinished) return;
    const isStale = upstream.reusedSocket && error.code === 'ECONNRESET' && bodyBytes === 0;
    if (!isAnswered && isStale && hasBodyEnded) attempt();
    else if (isAnswered) response.destroy();
    else response.writeHead(502, { 'content-length': 0 }).end();
  }

  function relay(answer: IncomingMessage): void {
    isAnswered = true;
    response.sendDate = false;
    response.writeHead(answer.statusCode ?? 0, answer.statusMessage ?? '', [
      ...endToEnd(answer.rawHeaders),
      'via',
      '1.1 weir',
    ]);
    expectWithin(TIMEOUTS.bodyMs);
    answer.on('data', (chunk: Buffer) => {
      if (response.write(chunk)) expectWithin(TIMEOUTS.bodyMs);
      else answer.pause();
    });
    response.on('drain', () => answer.resume());
    answer.on('end', () => {
      if (answer.complete) response.end();
    });
    answer.on('error', fail);
    answer.on('close', () => {
      if (!answer.complete) fail(new Error('closed inside the body'));
    });
  }

  function attempt(): void {
    upstream = send({
      agent,
      host: target.hostname,
      port: target.port,
      method: request.method,
      path: request.url,
      headers: requestFields(request),
      setDefaultHeaders: false,
    });
    expectWithin(TIMEOUTS.headMs);
    upstream.on('socket', (socket) => {
      if (!socket.connecting) return;
      expectWithin(TIMEOUTS.connectMs);
      socket.once('connect', () => expectWithin(TIMEOUTS.headMs));
    });
    upstream.on('error', fail);
    upstream.on('response', relay);
    upstream.on('drain', () => request.resume());
    if (hasBodyEnded) upstream.end();
  }

  request.on('data', (chunk: Buffer) => {
    bodyBytes += chunk.length;
    if (!upstream.write(chunk)) request.pause();
  });
  request.on('end', () => {
    hasBodyEnded = true;
    upstream.end();
  });
  request.on('error', () => upstream.destroy());
  response.on('error', () => upstream.destroy());
  response.on('close', () => {
    clearTimeout(timer);
    if (!response.writableFinished) upstream.destroy();
  });
  attempt();
}

createServer({ noDelay: true }, forward).listen(port, '127.0.0.1', 4096);
