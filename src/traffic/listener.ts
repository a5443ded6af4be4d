import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Exchange } from '../model/outcome.ts';
import { CANDIDATE, STABLE } from '../model/upstream.ts';
import type { SideIndex } from '../model/upstream.ts';
import type { LocalAnswer } from './failure.ts';
import { answerTo } from './failure.ts';
import { traceIdOf } from './fields.ts';
import type { ForwardParts } from './forward.ts';
import { answerLocally, forward } from './forward.ts';
import type { Draw } from './route.ts';
import type { Table } from './table.ts';

export interface ListenerParts extends Omit<ForwardParts, 'isDraining' | 'timeouts'> {
  readonly table: Table;
  readonly draw: Draw;
  readonly timeouts: ForwardParts['timeouts'] & {
    readonly requestHeadMs: number;
    readonly keepAliveMs: number;
    readonly drainMs: number;
  };
  readonly limits: {
    readonly headBytes: number;
    readonly headers: number;
    readonly connections: number;
    readonly inFlight: number;
  };
  inFlight(side: SideIndex): number;
}

/** The traffic port: accepts connections, gives each request its side, and drains. */
export interface Listener {
  /** Rejects when the port cannot be bound. */
  listen(host: string, port: number): Promise<AddressInfo>;
  /** Stops in order: answers close their connections, then no new connection, then what is left is cut. */
  drain(): Promise<{ readonly cut: number }>;
}

const OVERFULL: LocalAnswer = { status: 503, code: 'too-many-connections', message: 'too many connections are open' };
const TOO_MANY_FIELDS: LocalAnswer = {
  status: 431,
  code: 'too-many-headers',
  message: 'the request has too many header fields',
};

export function createListener(parts: ListenerParts): Listener {
  const { table, draw, clock, limits, timeouts } = parts;
  const sockets = new Set<Socket>();
  let isDraining = false;
  const forwardParts: ForwardParts = { ...parts, isDraining: () => isDraining };

  function accept(request: IncomingMessage, response: ServerResponse): void {
    if (sockets.size > limits.connections) return refuse(response, OVERFULL);
    if (request.rawHeaders.length / 2 > limits.headers) return refuse(response, TOO_MANY_FIELDS);
    const routing = table.read();
    const side = routing.candidate === null ? STABLE : draw(routing.share);
    if (parts.inFlight(side) >= limits.inFlight) return refuse(response, answerTo('refused-here'));
    const address = side === CANDIDATE && routing.candidate !== null ? routing.candidate : routing.stable;
    forward(
      forwardParts,
      newExchange(side, clock.monotonicMs(), traceIdOf(request.rawHeaders)),
      address,
      request,
      response,
    );
  }

  function refuse(response: ServerResponse, answer: LocalAnswer): void {
    response.shouldKeepAlive = false;
    answerLocally(response, answer);
  }

  const server = createServer(
    {
      maxHeaderSize: limits.headBytes,
      headersTimeout: timeouts.requestHeadMs,
      requestTimeout: 0,
      keepAliveTimeout: timeouts.keepAliveMs,
      noDelay: true,
    },
    accept,
  );
  server.maxHeadersCount = 0;
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });

  function listen(host: string, port: number): Promise<AddressInfo> {
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host, port }, () => {
        server.off('error', reject);
        resolve(server.address() as AddressInfo);
      });
    });
  }

  async function drain(): Promise<{ cut: number }> {
    isDraining = true;
    const noticeMs = Math.min(5000, timeouts.drainMs / 5);
    await new Promise((resolve) => setTimeout(resolve, noticeMs));
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeIdleConnections();
    const timer = setTimeout(() => server.closeAllConnections(), timeouts.drainMs - noticeMs);
    const inTime = clock.monotonicMs() + timeouts.drainMs - noticeMs;
    const left = sockets.size;
    await closed;
    clearTimeout(timer);
    return { cut: clock.monotonicMs() < inTime ? 0 : left };
  }

  return { listen, drain };
}

function newExchange(side: SideIndex, nowMs: number, traceId: string): Exchange {
  return {
    side,
    forced: false,
    dispatchedAtMs: nowMs,
    headAtMs: 0,
    status: 0,
    traceId,
    slot: 0,
    epoch: 0,
    countedSlow: false,
    older: null,
    newer: null,
  };
}
