import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { createTurns } from '../support/turns.ts';
import { boundBody } from './bounded-body.ts';
import { keepRoom } from './crowd.ts';
import { leave } from './leave.ts';

// Importing this module by name would touch all of its exports, one of which loads Node's whole fetch client.
const { createServer } = process.getBuiltinModule('node:http');

/** What the listeners beside the traffic bear. */
export interface Bounds {
  /** For a whole request head. Node's own minute lets a few hundred slow clients keep everybody else out. */
  readonly headMs: number;
  /** For a whole request. */
  readonly requestMs: number;
  /** Without a byte in either direction; a feed must say something more often. */
  readonly idleMs: number;
  readonly headBytes: number;
  /** More of a body than this that nobody has read when the answer is out: the connection is closed. */
  readonly bodyBytes: number;
  readonly connections: number;
  /** Of one address, so that no single client can take them all. */
  readonly connectionsEach: number;
}

export const BOUNDS: Bounds = {
  headMs: 10_000,
  requestMs: 30_000,
  idleMs: 60_000,
  headBytes: 16_384,
  bodyBytes: 65_536,
  connections: 256,
  connectionsEach: 64,
};

/**
 * An HTTP server on which clients that are slow, silent or too many lose their connections, and nobody else's. So does
 * one that asks again before it has its answer (pipelining, which no client of ours does): a hundred kilobytes of
 * requests at once would keep the event loop, on which the traffic turns too, busy for long.
 */
export function createBoundedServer(requested: RequestListener, bounds: Bounds = BOUNDS): Server {
  const answers = new WeakMap<Socket, ServerResponse>();
  const asked = oneAtATime(requested, answers, bounds.bodyBytes);
  const server = createServer(
    {
      // Node would answer by itself, once for each of a pipelined flood.
      requireHostHeader: false,
      headersTimeout: bounds.headMs,
      requestTimeout: bounds.requestMs,
      connectionsCheckingInterval: Math.min(1000, bounds.headMs),
      maxHeaderSize: bounds.headBytes,
    },
    asked,
  );
  // For the same reason; an expectation that nobody knows may be passed over (RFC 9110, 10.1.1).
  server.on('checkExpectation', asked);
  server.timeout = bounds.idleMs;
  keepRoom(server, bounds, (socket) => answers.get(socket)?.writableFinished === false);
  return server;
}

/**
 * Every request waits for a turn of the event loop that is its own, so that sixty clients who ask at once do not hold up
 * the traffic for sixty answers; and because none is answered in the turn in which it came, requests that came in one
 * piece are told from such as follow an answer.
 */
function oneAtATime(
  requested: RequestListener,
  answers: WeakMap<Socket, ServerResponse>,
  bodyBytes: number,
): RequestListener {
  const nextTurn = createTurns();
  function ask(request: IncomingMessage, response: ServerResponse & { readonly req: IncomingMessage }): void {
    if (request.socket.destroyed) return;
    if (request.headers.host === undefined && request.httpVersion === '1.1') refuseNameless(response);
    else requested(request, response);
  }
  return (request, response) => {
    const { socket } = request;
    if (answers.get(socket)?.writableEnded === false) return leave(socket);
    answers.set(socket, response);
    boundBody(request, response, bodyBytes);
    void nextTurn().then(() => ask(request, response));
  };
}

/** Source: RFC 9112, 3.2. */
function refuseNameless(response: ServerResponse): void {
  response.writeHead(400, { connection: 'close', 'content-length': 0 }).end();
}
