/**
 * The shipped data path without a network: real connections, exchanges and answers, between a client's socket and an
 * upstream's connection that only remember. One turn of it costs microseconds, so that millions of inputs can pass,
 * and everything in it is repeatable. As in Node, a read buffer is used again at once, and a write may be taken
 * late: what the data path has not copied, or gives away too early, is spoilt.
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

const SPOILT = 0x2a;
const READ_BUFFER_BYTES = 65_536;

/** Remembers what is written, and takes it at once or when it is told to. */
class Sent {
  #text = '';
  #waiting: Buffer[] = [];
  isSlow = false;

  write(bytes: Buffer): void {
    this.#waiting.push(bytes);
    if (!this.isSlow) this.take();
  }
  take(): void {
    for (const bytes of this.#waiting) this.#text += bytes.toString('latin1');
    this.#waiting = [];
  }
  get isWaiting(): boolean {
    return this.#waiting.length > 0;
  }
  get text(): string {
    this.take();
    return this.#text;
  }
}

/** What the client's side of a connection does and sees. */
class FakeSocket {
  readonly remoteAddress = '192.0.2.7';
  destroyed = false;
  isReset = false;
  hasSentFin = false;
  readonly writableNeedDrain = false;
  readonly out = new Sent();
  #isPaused = false;
  #onClose = (): void => {};

  on(event: string, listener: () => void): this {
    if (event === 'close') this.#onClose = listener;
    return this;
  }
  removeAllListeners(): this {
    this.#onClose = (): void => {};
    return this;
  }
  write(bytes: Buffer): boolean {
    if (this.hasSentFin) throw new Error('written behind the end');
    this.out.write(bytes);
    return true;
  }
  get writableLength(): number {
    return this.out.isWaiting ? 1 : 0;
  }
  end(onSent: () => void): void {
    this.hasSentFin = true;
    onSent();
  }
  destroy(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.#onClose();
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
}

/** One exchange as the upstream sees it, on a connection of its own. */
export class Seen {
  readonly out = new Sent();
  readonly exchange: Exchange;
  readonly #buffer: Buffer;
  /** Whether its connection was thought fit for another exchange. */
  wasGivenBack = false;
  wasDropped = false;

  constructor(exchange: Exchange, buffer: Buffer) {
    this.exchange = exchange;
    this.#buffer = buffer;
  }
  /** What it was sent, a byte a character. */
  get text(): string {
    return this.out.text;
  }
  get isOpen(): boolean {
    return this.exchange.isActive && !this.wasDropped && !this.wasGivenBack;
  }
  says(bytes: Buffer): void {
    bytes.copy(this.#buffer);
    this.exchange.received(this.#buffer, bytes.length);
    this.#buffer.fill(SPOILT, 0, bytes.length + 1);
  }
}

/** One client connection through the data path. */
export interface Turn {
  readonly socket: FakeSocket;
  readonly seen: readonly Seen[];
  /** How each exchange was settled, in order. */
  readonly outcomes: readonly Outcome[];
  wasHandedOver: boolean;
  /** Whether the client's bytes would be read now as requests or as a body. */
  readonly isListening: boolean;
  clientSays(bytes: Buffer): void;
}

/** Prepares what connections share; each call of the result begins a new client connection. */
export function createRig(): (isClientSlow: boolean, isUpstreamSlow: boolean) => Turn {
  let seen: Seen[] = [];
  let outcomes: Outcome[] = [];
  let isSlow = false;
  const upstreamBuffer = Buffer.alloc(READ_BUFFER_BYTES);

  function lend(exchange: Exchange): UpstreamConnection {
    const one = new Seen(exchange, upstreamBuffer);
    one.out.isSlow = isSlow;
    seen.push(one);
    const connection = {
      uses: 0,
      isConnected: true,
      isHeld: false,
      seen: one,
      get hasSentAll(): boolean {
        return !one.out.isWaiting;
      },
      write(bytes: Buffer): boolean {
        if (one.wasGivenBack || one.wasDropped) throw new Error('written to a connection that was given up');
        one.out.write(bytes);
        return true;
      },
      resume: (): void => {},
      destroy: (): void => void (one.wasDropped = true),
    };
    return connection as unknown as UpstreamConnection;
  }
  const pool = {
    authority: Buffer.from('upstream:3000'),
    lend,
    lendFresh: lend,
    giveBack: (connection: { seen: Seen }): void => void (connection.seen.wasGivenBack = true),
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
    random: seededRandom(1),
    timeouts: { connectMs: 1, headMs: 1, bodyMs: 1, requestHeadMs: 1, keepAliveMs: 1 },
    watched: [],
    limits: { headBytes: 2048, connections: 1, inFlight: 1, headers: 40 },
  });

  return (isClientSlow, isUpstreamSlow) => {
    seen = [];
    outcomes = [];
    isSlow = isUpstreamSlow;
    const socket = new FakeSocket();
    socket.out.isSlow = isClientSlow;
    const turn = {
      socket,
      seen,
      outcomes,
      wasHandedOver: false,
      get isListening(): boolean {
        return !this.wasHandedOver && !socket.isPaused() && !socket.destroyed && !socket.hasSentFin;
      },
      clientSays(bytes: Buffer): void {
        const { readBuffer } = plane;
        bytes.copy(readBuffer);
        connection.read(readBuffer, bytes.length);
        readBuffer.fill(SPOILT, 0, bytes.length + 1);
      },
    };
    const owner = { closed: (): void => {}, handOver: (): void => void (turn.wasHandedOver = true) };
    const connection = new Connection(socket as unknown as Socket, plane, owner);
    return turn;
  };
}
