import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import { request as send } from 'node:http';
import type { Exchange, Outcome } from '../model/outcome.ts';
import type { Address } from '../model/upstream.ts';
import type { Clock } from '../support/clock.ts';
import { answerTo, outcomeOf } from './failure.ts';
import type { LocalAnswer } from './failure.ts';
import { answerFields, requestFields } from './fields.ts';
import type { Pool } from './pool.ts';

/** What the data path reports; implemented by `health/observe`. Each exchange is settled exactly once. */
export interface Observe {
  dispatched(exchange: Exchange, nowMs: number): void;
  headed(exchange: Exchange, nowMs: number): void;
  settled(exchange: Exchange, outcome: Outcome, nowMs: number): void;
}

export interface ForwardParts {
  readonly pool: Pool;
  readonly observe: Observe;
  readonly clock: Clock;
  readonly timeouts: { readonly connectMs: number; readonly headMs: number; readonly bodyMs: number };
  isDraining(): boolean;
}

class SilenceError extends Error {
  readonly code = 'ETIMEDOUT';
}

/** Carries one request to its upstream and the answer back, and reports how it ended. */
export function forward(
  parts: ForwardParts,
  exchange: Exchange,
  address: Address,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const { observe, clock, timeouts } = parts;
  let timer: NodeJS.Timeout | undefined;
  let upstream: ClientRequest;
  let answer: IncomingMessage | null = null;
  let isSettled = false;
  let bodyBytes = 0;
  let hasBodyEnded = false;

  function settle(outcome: Outcome): void {
    if (isSettled) return;
    isSettled = true;
    clearTimeout(timer);
    observe.settled(exchange, outcome, clock.monotonicMs());
  }

  function expectWithin(limitMs: number, what: string): void {
    clearTimeout(timer);
    timer = setTimeout(() => upstream.destroy(new SilenceError(`${what} took longer than ${limitMs} ms`)), limitMs);
  }

  function fail(error: NodeJS.ErrnoException): void {
    if (isSettled) return;
    if (answer !== null || response.headersSent) {
      settle(outcomeOf(error.code) === 'timed-out' ? 'timed-out' : 'cut-short');
      response.destroy();
      return;
    }
    const isStale = upstream.reusedSocket && outcomeOf(error.code) === 'reset' && bodyBytes === 0;
    if (isStale && hasBodyEnded) {
      attempt();
      return;
    }
    const outcome = outcomeOf(error.code);
    settle(outcome);
    answerLocally(response, answerTo(outcome));
    request.resume();
  }

  function relay(incoming: IncomingMessage): void {
    answer = incoming;
    exchange.status = incoming.statusCode ?? 0;
    exchange.headAtMs = clock.monotonicMs();
    observe.headed(exchange, exchange.headAtMs);
    response.sendDate = false;
    response.writeHead(
      exchange.status,
      incoming.statusMessage ?? '',
      answerFields(incoming.rawHeaders, parts.isDraining()),
    );
    const watch = (): void => expectWithin(timeouts.bodyMs, 'the next part of the body');
    watch();
    incoming.on('data', (chunk: Buffer) => {
      if (response.write(chunk)) return watch();
      clearTimeout(timer);
      incoming.pause();
    });
    response.on('drain', () => {
      incoming.resume();
      watch();
    });
    incoming.on('end', () => {
      clearTimeout(timer);
      if (incoming.complete) response.end();
    });
    incoming.on('error', fail);
    incoming.on('close', () => {
      if (!incoming.complete) fail(new Error('the upstream closed the connection inside the body'));
    });
  }

  function attempt(): void {
    upstream = send({
      agent: parts.pool.agentFor(address),
      host: address.host,
      port: address.port,
      method: request.method,
      path: request.url,
      headers: requestFields(request.rawHeaders, request.socket.remoteAddress ?? 'unknown'),
      setDefaultHeaders: false,
    });
    expectWithin(timeouts.headMs, 'the response head');
    upstream.on('socket', (socket) => {
      if (!socket.connecting) return;
      expectWithin(timeouts.connectMs, 'connecting');
      socket.once('connect', () => expectWithin(timeouts.headMs, 'the response head'));
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
  response.on('finish', () => settle('answered'));
  response.on('close', () => {
    if (isSettled) return;
    settle('client-left');
    upstream.destroy();
  });
  observe.dispatched(exchange, exchange.dispatchedAtMs);
  attempt();
}

/** An answer made here; marked, so that it is never mistaken for the upstream's. */
export function answerLocally(response: ServerResponse, { status, code, message }: LocalAnswer): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const body = JSON.stringify({ error: { code, message } });
  const fields = ['content-type', 'application/json', 'content-length', String(Buffer.byteLength(body))];
  fields.push('x-weir-error', code);
  if (status === 503) fields.push('retry-after', '1');
  if (!response.req.complete) fields.push('connection', 'close');
  response.writeHead(status, fields);
  response.end(body);
}
