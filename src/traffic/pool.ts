import type { Address } from '../model/upstream.ts';
import type { Borrower, Keeper } from './upstream-connection.ts';
import { UpstreamConnection } from './upstream-connection.ts';

const READ_BUFFER_BYTES = 65_536;
const MAX_IDLE = 1024;
const USUAL_IDLE_MS = 4000;
const MARGIN_MS = 1000;
const LEAST_LIFE_MS = 45_000;
const LIFE_SPREAD_MS = 30_000;
/** Multiples of it, without their whole part, lie evenly in 0..1, however many there are. */
const GOLDEN = 0.618034;

/**
 * The connections to one upstream address. The one that was given back last is lent first: the others grow old
 * and are closed, before the upstream closes them under a request (Node's servers do so after 5 s). None lives for
 * much longer than a minute: an address may mean many servers (a Service, a DNS name), and which one is only asked anew
 * when a connection is made. Lives differ, so that connections made at once are not made anew at once.
 */
export class Pool implements Keeper {
  readonly address: Address;
  /** Host and port as they stand in a Host field. */
  readonly authority: Buffer;
  readonly readBuffer: Buffer;
  readonly #idle: UpstreamConnection[] = [];
  readonly #all = new Set<UpstreamConnection>();
  #kept = 0;
  #isRetired = false;

  constructor(address: Address, readBuffer: Buffer) {
    this.address = address;
    this.authority = Buffer.from(address.authority);
    this.readBuffer = readBuffer;
  }

  /** An idle connection, or a new one that is about to connect. */
  lend(borrower: Borrower): UpstreamConnection {
    for (;;) {
      const idle = this.#idle.pop();
      if (idle === undefined) return this.lendFresh(borrower);
      if (idle.isUsable) {
        idle.lendTo(borrower);
        return idle;
      }
      idle.destroy();
    }
  }

  lendFresh(borrower: Borrower): UpstreamConnection {
    const connection = new UpstreamConnection(this.address, this);
    this.#all.add(connection);
    connection.lendTo(borrower);
    return connection;
  }

  /**
   * Only for a connection whose answer is fully parsed, whose request is fully written, that has no byte unread and
   * that its upstream keeps open; `keepAliveSeconds` is what the upstream said of that, -1 for nothing.
   */
  giveBack(connection: UpstreamConnection, nowMs: number, keepAliveSeconds: number): void {
    connection.release();
    if (connection.liveUntilMs === null) connection.liveUntilMs = nowMs + lifeMsOf(this.#kept++);
    const idleMs = idleMsOf(keepAliveSeconds);
    const isOver = idleMs <= 0 || nowMs >= connection.liveUntilMs;
    if (this.#isRetired || isOver || this.#idle.length >= MAX_IDLE || !connection.isUsable) {
      connection.destroy();
      return;
    }
    connection.idleUntilMs = nowMs + idleMs;
    this.#idle.push(connection);
  }

  forget(connection: UpstreamConnection): void {
    if (!this.#all.delete(connection)) return;
    const at = this.#idle.lastIndexOf(connection);
    if (at !== -1) this.#idle.splice(at, 1);
  }

  /** Closes what has been idle for too long. */
  sweep(nowMs: number): void {
    for (const connection of this.#idle.filter(({ idleUntilMs }) => idleUntilMs <= nowMs)) connection.destroy();
  }

  /** No longer routed to: idle connections go now, the others when they are given back. */
  retire(): void {
    this.#isRetired = true;
    for (const connection of this.#idle.slice()) connection.destroy();
  }

  /** At the end of the process: everything goes. */
  destroy(): void {
    for (const connection of this.#all) connection.destroy();
  }
}

/** Of the connection that is the so many-th to be kept. */
const lifeMsOf = (index: number): number => LEAST_LIFE_MS + ((index * GOLDEN) % 1) * LIFE_SPREAD_MS;

function idleMsOf(keepAliveSeconds: number): number {
  return keepAliveSeconds < 0 ? USUAL_IDLE_MS : Math.min(USUAL_IDLE_MS, keepAliveSeconds * 1000 - MARGIN_MS);
}

/** The pools by address and by whom to believe there. All read into one buffer, because what is read is passed on before the next read. */
export interface Pools {
  poolOf(address: Address): Pool;
  /** Retires all other pools. */
  keepOnly(wanted: readonly (Pool | null)[]): void;
  sweep(nowMs: number): void;
  close(): void;
}

export function createPools(): Pools {
  const readBuffer = Buffer.allocUnsafeSlow(READ_BUFFER_BYTES);
  const pools = new Map<string, Pool>();
  return {
    poolOf(address) {
      const key = JSON.stringify([address.url, address.serverName, address.ca]);
      let pool = pools.get(key);
      if (pool === undefined) {
        pool = new Pool(address, readBuffer);
        pools.set(key, pool);
      }
      return pool;
    },
    keepOnly(wanted) {
      for (const [key, pool] of pools) {
        if (wanted.includes(pool)) continue;
        pool.retire();
        pools.delete(key);
      }
    },
    sweep(nowMs) {
      for (const pool of pools.values()) pool.sweep(nowMs);
    },
    close() {
      for (const pool of pools.values()) pool.destroy();
    },
  };
}
