import type { Random } from '../../support/random.ts';
import type { Place } from './find.ts';

export type Library = typeof import('@redis/client');
export type Client = InstanceType<Library['RedisClient']>;

/** By what a server, or a sentinel, is entered. */
export interface Credentials {
  readonly username?: string;
  readonly password?: string;
}

/** Whom to trust, in place: the library copies its options once, and reads this list at each connection. */
export type Trust = string[] | null;

export interface ClientParts {
  readonly tls: boolean;
  readonly trust: Trust;
  readonly database: number;
  readonly random: Random;
  /** Asked for at each connection. */
  credentials(): Promise<Credentials>;
  /** Called before each further attempt to connect. */
  renewTrust(): Promise<void>;
}

const WITHIN_MS = 1000;
const WITHIN_TURNS = 10;
const MOST_WAITING = 16;
const RECONNECT_LEAST_MS = 100;
const RECONNECT_MOST_MS = 2000;
/** A peer that is gone without a word is noticed by its silence. */
const PING_EVERY_MS = 2000;
const SILENT_FOR_MS = 5000;

/**
 * One connection of the library's, which comes back by itself unless it is for one question only. Not by `createClient`,
 * which gives each client a method for every command there is: 17 MB resident, for two scripts.
 */
export function createClient(redis: Library, place: Place, parts: ClientParts, isForOnce = false): Client {
  const { tls, trust, database, random, credentials, renewTrust } = parts;
  return new redis.RedisClient({
    RESP: 2,
    database,
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
      ...place,
      connectTimeout: WITHIN_MS,
      socketTimeout: SILENT_FOR_MS,
      reconnectStrategy(tries: number) {
        if (isForOnce) return false;
        void renewTrust().catch(() => {});
        return delayMs(tries, random);
      },
      ...(tls && { tls: true, ...(trust !== null && { ca: trust }) }),
    },
  });
}

/** Grows to a few seconds and is spread out, so that a thousand members do not come back at once. */
export function delayMs(tries: number, random: Random): number {
  const most = Math.min(RECONNECT_MOST_MS, RECONNECT_LEAST_MS * 2 ** Math.min(tries, 10));
  return RECONNECT_LEAST_MS + (most - RECONNECT_LEAST_MS) * random();
}

/**
 * The answer, or a rejection after a second without one. The second is counted in tenths, each of which the event loop has
 * to turn for: a process that stood still cannot have heard an answer, and its store is not away for that.
 */
export async function within<Answer>(answer: Promise<Answer>, withinMs = WITHIN_MS): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    let left = WITHIN_TURNS;
    timer = setInterval(() => {
      left -= 1;
      if (left === 0) reject(new Error(`no answer within ${withinMs} ms`));
    }, withinMs / WITHIN_TURNS);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearInterval(timer);
  }
}

/** Several questions on a connection of their own, which is closed then. */
export async function askOnce(client: Client, questions: readonly (readonly string[])[]): Promise<readonly unknown[]> {
  client.on('error', () => {});
  const answers = async (): Promise<readonly unknown[]> => {
    await client.connect();
    return Promise.all(questions.map((args) => client.sendCommand([...args])));
  };
  try {
    return await within(answers());
  } finally {
    client.destroy();
  }
}
