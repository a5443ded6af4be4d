/**
 * One version of the service, as a process of its own: `node upstream.ts VERSION PORT BEHAVIOUR`.
 * It tells its parent the port it got, and ends when its parent does. Besides answering traffic it listens to
 * `PUT /demo/behaviour/NAME` and `GET /demo/account?after=SEQUENCE`: what it knows of itself, whoever else has seen it.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { systemClock } from '../support/clock.ts';
import { CONTROL_PATH, isBehaviour, SEQUENCE_FIELD, SLOW_MS, UPSTREAM_FIELD } from './behaviour.ts';
import type { Behaviour } from './behaviour.ts';

/** Sequence numbers kept, so that a demo left running does not grow. */
const MAX_KEPT = 100_000;

const [version = '', wantedPort = '0', firstBehaviour] = process.argv.slice(2);
let behaviour: Behaviour = isBehaviour(firstBehaviour) ? firstBehaviour : 'healthy';
let requests = 0;
let failures = 0;
let firstFailureAtMs: number | null = null;
let lastRequestAtMs: number | null = null;
const sequences: number[] = [];

function serve(request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  const { url = '/' } = request;
  if (url.startsWith(CONTROL_PATH)) return control(new URL(url, 'http://upstream'), request, response);
  requests += 1;
  lastRequestAtMs = systemClock.monotonicMs();
  if (sequences.length < MAX_KEPT) sequences.push(Number(request.headers[SEQUENCE_FIELD] ?? 0));
  switch (behaviour) {
    case 'healthy':
      return answer(response, 200);
    case 'failing':
      failures += 1;
      firstFailureAtMs ??= systemClock.monotonicMs();
      return answer(response, 500);
    case 'slow':
      setTimeout(() => answer(response, 200), SLOW_MS);
      return;
    case 'silent':
      return;
  }
}

function answer(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'content-type': 'application/json', [UPSTREAM_FIELD]: version });
  response.end(JSON.stringify({ version, ok: status < 500 }));
}

function control({ pathname, searchParams }: URL, request: IncomingMessage, response: ServerResponse): void {
  const wanted = pathname.slice(`${CONTROL_PATH}behaviour/`.length);
  if (request.method === 'PUT' && isBehaviour(wanted)) behaviour = wanted;
  const after = Number(searchParams.get('after') ?? 0);
  const account = {
    version,
    behaviour,
    requests,
    failures,
    // Ages and not times, because no other process knows when this one's clock began.
    firstFailureAgoMs: agoMs(firstFailureAtMs),
    lastRequestAgoMs: agoMs(lastRequestAtMs),
    after: sequences.filter((sequence) => sequence > after).length,
  };
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify(account)}\n`);
}

const agoMs = (atMs: number | null): number | null => (atMs === null ? null : systemClock.monotonicMs() - atMs);

const server = createServer({ keepAliveTimeout: 60_000 }, serve);
server.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EADDRINUSE') throw error;
  server.listen(0, '127.0.0.1');
});
server.on('listening', () => {
  const address = server.address();
  if (typeof address === 'object') process.send?.({ port: address?.port });
});
server.listen(Number(wantedPort), '127.0.0.1');
process.on('disconnect', () => process.exit(0));
