/** node:http in front, undici's lowest level (`dispatch`) behind: the least that a proxy of these two can cost. */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Pool } from 'undici';
import type { Dispatcher } from 'undici';
import { draw, port } from './shared.ts';

const pools = new Map<string, Pool>();
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'transfer-encoding']);

function poolOf(origin: string): Pool {
  const known = pools.get(origin);
  if (known !== undefined) return known;
  const pool = new Pool(origin, { connections: 1024, pipelining: 1 });
  pools.set(origin, pool);
  return pool;
}

function forwarded(request: IncomingMessage): string[] {
  const fields: string[] = [];
  const raw = request.rawHeaders;
  for (let at = 0; at < raw.length; at += 2) {
    if (!HOP_BY_HOP.has(raw[at]!.toLowerCase())) fields.push(raw[at]!, raw[at + 1]!);
  }
  fields.push('x-forwarded-for', request.socket.remoteAddress ?? '');
  return fields;
}

function carry(request: IncomingMessage, response: ServerResponse): void {
  let flow: Dispatcher.DispatchController | null = null;
  response.on('drain', () => flow?.resume());
  const hasBody = request.headers['content-length'] !== undefined || request.headers['transfer-encoding'] !== undefined;
  poolOf(draw()).dispatch(
    {
      path: request.url ?? '/',
      method: request.method ?? 'GET',
      headers: forwarded(request),
      body: hasBody ? request : null,
    },
    {
      onRequestStart(controller) {
        flow = controller;
      },
      onResponseStart(_controller, status, headers) {
        for (const name of HOP_BY_HOP) delete headers[name];
        response.writeHead(status, headers);
      },
      onResponseData(controller, chunk) {
        if (!response.write(chunk)) controller.pause();
      },
      onResponseEnd() {
        response.end();
      },
      onResponseError() {
        response.destroy();
      },
    },
  );
}

createServer(carry).listen(port, '127.0.0.1', 4096);
