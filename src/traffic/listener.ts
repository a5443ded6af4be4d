import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:net';
import { readInto } from './accepted.ts';
import { Connection } from './connection.ts';
import type { ConnectionOwner } from './connection-owner.ts';
import type { Plane } from './plane.ts';
import type { UpgradeLane } from './upgrade.ts';
import { Fault } from './wire/fault.ts';
import { localAnswer } from './wire/local-answer.ts';

export interface ListenerParts {
  readonly plane: Plane;
  readonly upgrades: UpgradeLane;
  readonly drainMs: number;
  readonly loopDelayMs: number;
  /** Called with every sweep, on the monotonic clock. */
  onSweep(nowMs: number): void;
}

/** The traffic port: accepts connections, sweeps their deadlines, drains. */
export interface Listener {
  /** Rejects when the port cannot be bound. */
  listen(host: string, port: number): Promise<AddressInfo>;
  /** From now on every answer closes its connection; new ones are still accepted. */
  leave(): void;
  /** Stops in order: answers close their connections, then no new connection, then what is left is cut. */
  drain(): Promise<{ readonly cut: number }>;
}

const SWEEP_MS = 100;
/** An event loop that turned this much too late has not read yet what came in time. */
const STALL_MS = 50;
/** The event loop must be late for this long before new requests are refused. */
const OVERLOAD_AFTER_MS = 1000;
/** How long new connections are still accepted while the outside notices that Weir is no longer ready. */
const NOTICE_MS = 5000;

export function createListener({ plane, upgrades, drainMs, loopDelayMs, onSweep }: ListenerParts): Listener {
  const connections = new Set<Connection>();
  /** When the outside was first told; null before that. */
  let leftAtMs: number | null = null;
  let isStopping = false;
  let lateSinceMs = Number.POSITIVE_INFINITY;
  let onEmpty = (): void => {};

  const open = (): number => connections.size + upgrades.size;

  const owner: ConnectionOwner = {
    closed: (connection) => void connections.delete(connection),
    handOver(connection, ends) {
      connections.delete(connection);
      upgrades.take(ends);
    },
  };

  function welcome(accepted: Socket): void {
    // The callback is not called before this function has returned.
    let connection: Connection | null = null;
    const socket = readInto(plane.readBuffer, accepted, (bytes, end) => connection!.read(bytes, end));
    connection = new Connection(socket, plane, owner);
    connections.add(connection);
  }

  const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (socket) => {
    if (open() < plane.limits.connections) {
      welcome(socket);
      return;
    }
    plane.observe.refused('connections');
    socket.on('error', () => {});
    socket.resume();
    socket.end(localAnswer(Fault.tooManyConnections, true), () => socket.destroy());
  });

  function sweep(nowMs: number): void {
    const lateMs = nowMs - plane.nowMs - SWEEP_MS;
    lateSinceMs = lateMs > loopDelayMs ? Math.min(lateSinceMs, nowMs) : Number.POSITIVE_INFINITY;
    plane.isOverloaded = nowMs - lateSinceMs >= OVERLOAD_AFTER_MS;
    plane.isClosing = leftAtMs !== null || plane.isOverloaded;
    // Whose time ran out while the loop stood still is looked at again with the next sweep: an answer may lie there unread.
    const dueMs = lateMs > STALL_MS ? plane.nowMs : nowMs;
    plane.nowMs = nowMs;
    for (const connection of connections) {
      if (connection.deadlineMs <= dueMs || (isStopping && connection.isIdle)) connection.expire();
    }
    upgrades.sweep(dueMs);
    onSweep(nowMs);
    if (open() === 0) onEmpty();
  }

  const sweeping = setInterval(() => sweep(plane.clock.monotonicMs()), SWEEP_MS);
  sweeping.unref();

  function listen(host: string, port: number): Promise<AddressInfo> {
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host, port, backlog: 4096 }, () => {
        server.off('error', reject);
        server.on('error', () => {});
        resolve(server.address() as AddressInfo);
      });
    });
  }

  function leave(): void {
    leftAtMs ??= plane.clock.monotonicMs();
    plane.isClosing = true;
  }

  async function drain(): Promise<{ cut: number }> {
    leave();
    const toldMs = plane.clock.monotonicMs() - leftAtMs!;
    const noticeMs = Math.max(0, Math.min(NOTICE_MS, drainMs / 5) - toldMs);
    await pause(noticeMs);
    server.close();
    isStopping = true;
    sweep(plane.clock.monotonicMs());
    if (open() > 0) await Promise.race([empty(), pause(drainMs - noticeMs)]);
    const cut = connections.size + upgrades.close();
    for (const connection of connections) connection.destroy();
    clearInterval(sweeping);
    return { cut };
  }

  const empty = (): Promise<void> =>
    new Promise((resolve) => {
      onEmpty = resolve;
    });

  return { listen, leave, drain };
}

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
