import type { Random } from '../../support/random.ts';
import type { Client } from './client.ts';
import { delayMs } from './client.ts';
import type { Place } from './find.ts';

/** One server: commands on one connection, and news on another. Both come back by themselves until it is left. */
export interface Server {
  readonly place: Place;
  /** Resolves when both connections stand for the first time; rejects when the server is left before. */
  readonly connected: Promise<unknown>;
  send(args: readonly string[]): Promise<unknown>;
  subscribe(channel: string, hear: (text: string) => void): void;
  leave(): void;
}

export interface ServerParts {
  create(place: Place): Client;
  readonly random: Random;
  /** A connection has been lost, or could not be made. */
  lost(error: unknown): void;
  /** Commands can be sent again. */
  ready(): void;
}

export function openServer(place: Place, { create, random, lost, ready }: ServerParts): Server {
  const [commands, news] = [create(place), create(place)];
  let isLeft = false;
  for (const client of [commands, news]) client.on('error', (error) => isLeft || lost(error));
  commands.on('ready', ready);
  const connected = Promise.all([commands.connect(), news.connect()]);
  connected.catch(() => {});

  /** The library subscribes again at each connection after the first time that it could. */
  async function subscribe(channel: string, hear: (text: string) => void, tries = 1): Promise<void> {
    try {
      await connected;
      await news.subscribe(channel, hear);
    } catch {
      if (isLeft) return;
      setTimeout(() => void subscribe(channel, hear, tries + 1), delayMs(tries, random)).unref();
    }
  }

  return {
    place,
    connected,
    send: (args) => commands.sendCommand([...args]),
    subscribe: (channel, hear) => void subscribe(channel, hear),
    leave() {
      isLeft = true;
      commands.destroy();
      news.destroy();
    },
  };
}
