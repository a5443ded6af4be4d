/**
 * The shipped data path without a network: real connections, exchanges and answers, between a client's socket and an
 * upstream's connection that only remember. One turn of it costs microseconds, so that millions of inputs can pass,
 * and everything in it is repeatable.
 */
import type { Socket } from 'node:net';
import type { Outcome } from '../src/model/outcome.ts';
import { Connection } from '../src/traffic/connection.ts';
import type { Exchange } from '../src/traffic/exchange.ts';
import { createPlane } from '../src/traffic/plane.ts';
import type { Pool } from '../src/traffic/pool.ts';
import type { UpstreamConnection } from '../src/traffic/upstream-connection.ts';
import { createTable } from '../src/traffic/table.ts';
import { seededRandom } from '../src/support/random.ts';

/** What the client's side of a connection does and sees. */
class FakeSocket {
  readonly remoteAddress = '192.0.2.7';
  destroyed = false;
  isReset = false;
  hasSentFin = false;
  sent = '';
  #isPaused = false;
  #listeners = new Map<string, (bytes?: Buffer) => void>();

  on(event: string, listener: (bytes?: Buffer) => void): this {
    this.#listeners.set(event, listener);
    return this;
  }
  removeAllListeners(event: string): this {
    this.#listeners.delete(event);
    return this;
  }
  emit(event: string, bytes?: Buffer): void {
    this.#listeners.get(event)?.(bytes);
  }
  write(bytes: Buffer): boolean {
    this.sent += bytes.toString('latin1');
    return true;
  }
  end(): void {
    this.hasSentFin = true;
  }
  destroy(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.emit('close');
  }
  resetAndDestroy(): void {
    this.isReset = true;
    this.destroy();
  }
  pause(): void {
    this.#isPaused = true;
  }
  resume(): void {
    this.#isPaused = false;
  }
  isPaused(): boolean {
    return this.#isPaused;
  }
  get isListening(): boolean {
    return !this.#isPaused && !this.destroyed && !this.hasSentFin && this.#listeners.has('data');
  }
}

/** One exchange as the upstream sees it, on a connection of its own or on one that was given back. */
export interface Seen {
  /** What it was sent, a byte a character. */
  text: string;
  readonly exchange: Exchange;
  /** Whether its connection was thought fit for another one. */
  wasGivenBack: boolean;
  wasDropped: boolean;
}

/** One client connection through the data path. */
export interface Turn {
  readonly socket: FakeSocket;
  readonly seen: readonly Seen[];
  /** How each exchange was settled, in order. */
  readonly outcomes: readonly Outcome[];
  readonly wasHandedOver: boolean;
}

/** Prepares what connections share; each call of the result begins a new client connection. */
export function createRig(): () => Turn {
  let seen: Seen[] = [];
  let outcomes: Outcome[] = [];
  const random = seededRandom(1);

  function lend(exchange: Exchange): UpstreamConnection {
    const one: Seen = { text: '', exchange, wasGivenBack: false, wasDropped: false };
    seen.push(one);
    const connection = {
      uses: 0,
      isConnected: true,
      seen: one,
      write(bytes: Buffer): boolean {
        if (one.wasGivenBack || one.wasDropped) throw new Error('written to a connection that was given up');
        one.text += bytes.toString('latin1');
        return true;
      },
      resume: () => {},
      destroy: () => {
        one.wasDropped = true;
      },
    };
    return connection as unknown as UpstreamConnection;
  }
  const pool = {
    authority: Buffer.from('upstream:3000'),
    lend,
    lendFresh: lend,
    giveBack: (connection: { seen: Seen }) => {
      connection.seen.wasGivenBack = true;
    },
  } as unknown as Pool;

  const plane = createPlane({
    table: createTable({ share: 0, stable: pool, candidate: null }),
    route: () => ({ side: 0, forced: false, lines: Buffer.alloc(0) }),
    observe: {
      dispatched: () => {},
      headed: () => {},
      settled: (_exchange, outcome) => void outcomes.push(outcome),
      inFlight: () => 0,
      shielded: () => {},
      refused: () => {},
    },
    shield: null,
    clock: { monotonicMs: () => 0, wallMs: () => 0 },
    random,
    timeouts: { connectMs: 1, headMs: 1, bodyMs: 1, requestHeadMs: 1, keepAliveMs: 1 },
    watched: [],
    limits: { headBytes: 2048, connections: 1, inFlight: 1, headers: 40 },
  });

  return () => {
    seen = [];
    outcomes = [];
    const socket = new FakeSocket();
    const turn = { socket, seen, outcomes, wasHandedOver: false };
    const owner = { closed: () => {}, handOver: () => void (turn.wasHandedOver = true) };
    void new Connection(socket as unknown as Socket, plane, owner);
    return turn;
  };
}
