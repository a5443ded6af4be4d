import type { IncomingMessage } from 'node:http';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { createAdminApi } from '../../src/admin/api.ts';
import type { EventParts, EventStreams } from '../../src/admin/events.ts';
import { createEventStreams } from '../../src/admin/events.ts';
import type { RolloutEvent } from '../../src/model/event.ts';
import type { Sample } from '../../src/model/feed.ts';
import { closeServer } from '../../src/support/bind.ts';
import { eventOf, SINCE_MS, snapshotOf } from './fixtures.ts';

export interface Message {
  readonly event: string;
  readonly id: string | undefined;
  readonly content: unknown;
}

export interface Listening {
  readonly response: IncomingMessage;
  /** Everything that has come, as it is. */
  text(): string;
  messages(): readonly Message[];
  ids(): readonly string[];
  /** How many messages of this kind have come. */
  count(event: string): number;
  isEnded(): boolean;
}

/** A listener with the streams of a journal that the test writes, and whose seconds the test makes. */
export interface Streaming {
  readonly streams: EventStreams;
  readonly port: number;
  readonly journal: RolloutEvent[];
  /** Writes so many further events into the journal and tells them. */
  happen(count?: number, changes?: Partial<RolloutEvent>): void;
  connections(): Promise<number>;
  listen(path?: string, headers?: Readonly<Record<string, string>>): Promise<Listening>;
}

export async function startStreams(
  parts: Partial<EventParts> & { readonly identity?: object; readonly kept?: number } = {},
): Promise<Streaming> {
  const { identity, kept = 1000, ...others } = parts;
  const journal: RolloutEvent[] = [];
  const streams = createEventStreams({
    look: () => snapshotOf(),
    events: () => journal,
    past: () => [],
    nowMs: () => 0,
    isStillGood: () => true,
    ...others,
  });
  const app = createAdminApi({
    look: () => snapshotOf(),
    history: () => journal,
    ask: async () => ({ ok: true }),
    report: () => {},
    events: (asked, response, next) => {
      response.locals['identity'] = identity;
      return streams.open(asked, response, next);
    },
  });
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => closeServer(server));
  const { port } = server.address() as AddressInfo;
  let seq = 0;
  return {
    streams,
    port,
    journal,
    happen(count = 1, changes = {}) {
      for (let i = 0; i < count; i++) journal.push(eventOf(++seq, changes));
      journal.splice(0, journal.length - kept);
      const last = journal.at(-1);
      if (last !== undefined) streams.tell(last);
    },
    connections: () => new Promise((resolve) => server.getConnections((_error, count) => resolve(count))),
    listen: (path = '/v1/events', headers = {}) => listenTo(`http://127.0.0.1:${port}${path}`, headers),
  };
}

export function listenTo(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Listening> {
  const { promise, resolve, reject } = Promise.withResolvers<Listening>();
  const sent = request(url, { headers, agent: false });
  onTestFinished(() => void sent.destroy());
  sent.on('error', reject);
  sent.on('response', (response) => {
    let text = '';
    let isEnded = false;
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => (text += chunk));
    response.on('error', () => (isEnded = true));
    response.on('end', () => (isEnded = true));
    const messages = () => messagesIn(text);
    const ids = () => messages().flatMap(({ event, id }) => (event === 'rollout' && id !== undefined ? [id] : []));
    const count = (event: string) => text.split(`event: ${event}\n`).length - 1;
    resolve({ response, count, text: () => text, messages, ids, isEnded: () => isEnded });
  });
  sent.end();
  return promise;
}

function messagesIn(text: string): Message[] {
  const whole = text.slice(0, text.lastIndexOf('\n\n') + 1).split('\n\n');
  return whole.flatMap((block) => {
    const fields = new Map(block.split('\n').map((line) => line.split(/: (.*)/, 2) as [string, string]));
    const event = fields.get('event');
    if (event === undefined) return [];
    return [{ event, id: fields.get('id'), content: JSON.parse(fields.get('data') ?? 'null') as unknown }];
  });
}

export function sampleOf(second: number, changes: Partial<Sample> = {}): Sample {
  return {
    at: new Date(SINCE_MS + second * 1000).toISOString(),
    weight: 5,
    sides: {
      stable: { requests: 95, failures: 0, p95Ms: 12 },
      candidate: { requests: 5, failures: 1, p95Ms: null },
    },
    evidence: { errors: -4.2 },
    ...changes,
  };
}
