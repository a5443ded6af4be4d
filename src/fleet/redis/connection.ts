import type { Random } from '../../support/random.ts';
import type { StoreAddress } from '../../model/store-address.ts';
import type { ClientParts, Credentials, Library, Trust } from './client.ts';
import { askOnce, createClient, within } from './client.ts';
import type { Ask, Find, Place } from './find.ts';
import { findOwner, findPrimary, isDemoted, isSame, movedTo } from './find.ts';
import { reasonOf } from './reason.ts';
import type { Server } from './server.ts';
import { openServer } from './server.ts';

/** The server that has the keys, whichever that is at present. It is found and reached again, and nothing waits for that. */
export interface Connection {
  /** Rejects at once while there is no connection, and after a second without an answer, with the reason for people. */
  send(args: readonly string[]): Promise<unknown>;
  subscribe(channel: string, hear: (text: string) => void): void;
  close(): void;
}

export interface ConnectionSettings {
  readonly address: StoreAddress;
  /** Asked for at the first connection and at each one after it, so that what was rotated is used. */
  credentials(): Promise<StoreCredentials>;
  readonly random: Random;
}

export interface StoreCredentials extends Credentials {
  /** By which the sentinels themselves are asked. */
  readonly sentinel?: Credentials;
  /** PEM certificates to trust instead of the system's. */
  readonly ca?: string;
}

/** Between two looks for the server, about: while it is away each attempt to reach it is a reason to look. */
const REST_MS = 1000;

/**
 * Loads the client library, which a sidecar without a fleet never does. Resolves when there is a connection, or after a
 * second without one, and goes on trying. `key` is any of those that lie together.
 */
export async function openConnection(settings: ConnectionSettings, key: string): Promise<Connection> {
  const { random } = settings;
  const redis = await import('@redis/client');
  const { find, parts, secrets } = await accessTo(redis, settings, key);
  const subscriptions: Parameters<Server['subscribe']>[] = [];
  let server: Server | null = null;
  let isClosed = false;
  let isLooking = false;
  /** What went wrong last with finding or reaching the server; null while it can be reached. */
  let trouble: unknown = null;

  function turnTo(place: Place): void {
    if (isClosed || (server !== null && isSame(server.place, place))) return;
    server?.leave();
    server = openServer(place, {
      random,
      create: (at) => createClient(redis, at, parts),
      lost(error) {
        trouble = error;
        void look();
      },
      ready: () => void (trouble = null),
    });
    for (const subscription of subscriptions) server.subscribe(...subscription);
  }

  async function look(): Promise<void> {
    if (isLooking || isClosed) return;
    isLooking = true;
    try {
      turnTo(await find());
    } catch (error) {
      trouble = error;
    }
    const rested = (): void => {
      isLooking = false;
      if (server === null) void look();
    };
    setTimeout(rested, REST_MS * (0.5 + random())).unref();
  }

  /** Without its cause, which may quote what it was entered by. */
  const told = (error: unknown): Error => new Error(reasonOf(error, secrets()));

  async function sendTo(asked: Server, args: readonly string[]): Promise<unknown> {
    try {
      return await within(asked.send(args));
    } catch (error) {
      const isAnswer = error instanceof redis.ErrorReply;
      const moved = isAnswer ? movedTo(error.message, asked.place) : null;
      if (asked === server && moved !== null) turnTo(moved);
      else if (isAnswer && isDemoted(error.message)) void look();
      throw isAnswer ? error : (trouble ?? error);
    }
  }

  await within(look().then(() => server?.connected)).catch(() => {});
  return {
    async send(args) {
      try {
        if (server === null) throw trouble ?? new Error('it has not been found yet');
        return await sendTo(server, args);
      } catch (error) {
        throw told(error);
      }
    },
    subscribe(...subscription) {
      subscriptions.push(subscription);
      server?.subscribe(...subscription);
    },
    close() {
      isClosed = true;
      server?.leave();
    },
  };
}

/** How the server is found, and by what it and the sentinels are entered. */
async function accessTo(redis: Library, { address, credentials, random }: ConnectionSettings, key: string) {
  const { kind, nodes, primary, tls, database } = address;
  let known = await credentials();
  const trust: Trust = known.ca === undefined ? null : [known.ca];
  const renewed = async (): Promise<StoreCredentials> => (known = await credentials());
  const parts: ClientParts = {
    tls,
    trust,
    database,
    random,
    credentials: renewed,
    async renewTrust() {
      const { ca } = await renewed();
      if (trust !== null && ca !== undefined) trust.splice(0, 1, ca);
    },
  };
  const asked: ClientParts =
    kind === 'sentinel' ? { ...parts, credentials: async () => (await renewed()).sentinel ?? {} } : parts;
  const ask: Ask = async (node, questions) => {
    await parts.renewTrust();
    return askOnce(createClient(redis, node, asked, true), questions);
  };
  const finds: Record<StoreAddress['kind'], () => Find> = {
    server: () => async () => nodes[0]!,
    sentinel: () => findPrimary(ask, nodes, primary, random),
    cluster: () => findOwner(ask, nodes, key, random),
  };
  const secrets = () => [known.password, known.sentinel?.password].flatMap((one) => one || []);
  return { parts, find: finds[kind](), secrets };
}
