import type { Random } from '../../support/random.ts';
import type { StoreAddress } from '../../model/store-address.ts';

/** Commands on one connection, and news on another. Both reconnect by themselves, and nothing waits for that. */
export interface Connection {
  /** Rejects at once while there is no connection, and after a second without an answer. */
  send(key: string, args: readonly string[]): Promise<unknown>;
  subscribe(channel: string, hear: (text: string) => void): void;
  close(): Promise<void>;
}

export interface ConnectionSettings {
  readonly address: StoreAddress;
  /** Asked for at the first connection and at each one after it, so that what was rotated is used. */
  credentials(): Promise<StoreCredentials>;
  readonly random: Random;
}

export interface StoreCredentials {
  readonly username?: string;
  readonly password?: string;
  /** PEM certificates to trust instead of the system's. */
  readonly ca?: string;
}

const WITHIN_MS = 1000;
const MOST_WAITING = 16;
const RECONNECT_LEAST_MS = 100;
const RECONNECT_MOST_MS = 2000;
/** A peer that is gone without a word is noticed by its silence. */
const PING_EVERY_MS = 2000;
const SILENT_FOR_MS = 5000;

/**
 * Loads the client library, which a sidecar without a fleet never does. Resolves when there is a connection, or after a
 * second without one, and goes on trying.
 */
export async function openConnection(settings: ConnectionSettings): Promise<Connection> {
  const { ca } = await settings.credentials();
  const client = clientFor(await import('@redis/client'), settings, trustOf(ca));
  const open = { isClosed: false };
  const begin = (work: () => Promise<unknown>): Promise<unknown> =>
    work().catch(() => again(work, settings.random, open));
  await within(begin(client.connect)).catch(() => {});
  return {
    send: (key, args) => within(client.send(key, [...args])),
    subscribe: (channel, hear) => void begin(() => client.subscribe(channel, hear)),
    async close() {
      open.isClosed = true;
      try {
        await client.destroy();
      } catch {
        // It was not open.
      }
    },
  };
}

/** The three kinds of addresses, as one. */
interface Client {
  connect(): Promise<unknown>;
  send(key: string, args: string[]): Promise<unknown>;
  subscribe(channel: string, hear: (text: string) => void): Promise<unknown>;
  destroy(): unknown;
}

function clientFor(redis: typeof import('@redis/client'), settings: ConnectionSettings, trust: Trust): Client {
  const { kind, nodes, primary, database } = settings.address;
  const node = nodeOptions(settings, trust);
  // What is wrong with a connection is told by the calls that fail.
  const ignore = (): void => {};
  if (kind === 'cluster') {
    const rootNodes = nodes.map((socket) => ({ ...node, socket: { ...node.socket, ...socket } }));
    const cluster = redis.createCluster({ RESP: 2, rootNodes, defaults: node, minimizeConnections: true });
    cluster.on('error', ignore);
    return {
      connect: () => cluster.connect(),
      send: (key, args) => cluster.sendCommand(key, false, args),
      subscribe: (channel, hear) => cluster.subscribe(channel, hear),
      destroy: () => cluster.destroy(),
    };
  }
  if (kind === 'sentinel') {
    const sentinel = redis.createSentinel({
      RESP: 2,
      name: primary,
      sentinelRootNodes: [...nodes],
      nodeClientOptions: node,
      sentinelClientOptions: { socket: node.socket },
      scanInterval: 2000,
    });
    sentinel.on('error', ignore);
    return {
      connect: () => sentinel.connect(),
      send: (_key, args) => sentinel.sendCommand(false, args),
      subscribe: (channel, hear) => sentinel.subscribe(channel, hear),
      destroy: () => sentinel.destroy(),
    };
  }
  const socket = { ...node.socket, ...nodes[0] };
  // Not by createClient, which gives each client a method for every command there is: 17 MB resident, for two scripts.
  const create = () => new redis.RedisClient({ RESP: 2, ...node, database, socket });
  const commands = create();
  const news = create();
  for (const client of [commands, news]) client.on('error', ignore);
  return {
    connect: () => Promise.all([commands.connect(), news.connect()]),
    send: (_key, args) => commands.sendCommand(args),
    subscribe: (channel, hear) => news.subscribe(channel, hear),
    destroy() {
      commands.destroy();
      news.destroy();
    },
  };
}

/** Whom to trust, in place: the library copies its options once, and reads this list at each connection. */
type Trust = string[] | null;

const trustOf = (ca: string | undefined): Trust => (ca === undefined ? null : [ca]);

function nodeOptions({ address, credentials, random }: ConnectionSettings, trust: Trust) {
  const tls = address.tls ? ({ tls: true, ...(trust !== null && { ca: trust }) } as const) : {};
  async function renewTrust(): Promise<void> {
    const { ca } = await credentials();
    if (trust !== null && ca !== undefined) trust.splice(0, 1, ca);
  }
  return {
    credentialsProvider: {
      type: 'async-credentials-provider',
      async credentials() {
        const { username, password } = await credentials();
        return { ...(username !== undefined && { username }), ...(password !== undefined && { password }) };
      },
    },
    disableOfflineQueue: true,
    commandsQueueMaxLength: MOST_WAITING,
    pingInterval: PING_EVERY_MS,
    disableClientInfo: true,
    maintNotifications: 'disabled',
    socket: {
      connectTimeout: WITHIN_MS,
      socketTimeout: SILENT_FOR_MS,
      reconnectStrategy(tries: number) {
        void renewTrust().catch(() => {});
        return delayMs(tries, random);
      },
      ...tls,
    },
  } as const;
}

/** Grows to a few seconds and is spread out, so that a thousand members do not come back at once. */
function delayMs(tries: number, random: Random): number {
  const most = Math.min(RECONNECT_MOST_MS, RECONNECT_LEAST_MS * 2 ** Math.min(tries, 10));
  return RECONNECT_LEAST_MS + (most - RECONNECT_LEAST_MS) * random();
}

/** What the library does not try again by itself, because it never came to be. */
function again(connect: () => Promise<unknown>, random: Random, open: { readonly isClosed: boolean }, tries = 1): void {
  if (open.isClosed) return;
  setTimeout(
    () => {
      if (!open.isClosed) void connect().catch(() => again(connect, random, open, tries + 1));
    },
    delayMs(tries, random),
  ).unref();
}

async function within(answer: Promise<unknown>): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the store did not answer within ${WITHIN_MS} ms`)), WITHIN_MS);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
