import type { Request, RequestHandler, Response } from 'express';
import type { RolloutEvent } from '../model/event.ts';
import { eventIdOf, NO_EVENT } from '../model/event-id.ts';
import type { Sample } from '../model/feed.ts';
import type { Identity } from '../model/identity.ts';
import type { Snapshot } from '../model/status.ts';
import { sendProblem } from './answer.ts';
import { parseEventsQuery } from './contract.ts';
import type { ProblemCode } from './problems.ts';
import { problemOf, problemOfMistakes } from './problems.ts';
import type { Stream } from './stream.ts';
import { createStream, messageOf } from './stream.ts';
import { statusOf } from './views.ts';

/**
 * `GET /v1/events`: the status, a sample a second and every journal event, as they come; with `?only=rollout` the
 * journal events alone. A slow client delays nothing: what it does not read waits in its own buffer, up to a limit.
 * Without a client nothing is put together.
 */
export interface EventStreams {
  readonly open: RequestHandler;
  /** Journal events up to this one are to be told. */
  tell(event: RolloutEvent): void;
  /** Once a second. */
  second(sample: Sample, nowMs: number, wallMs: number): void;
  /** Ends all streams, and opens no more. */
  close(): void;
}

export interface EventParts {
  readonly look: () => Snapshot;
  /** The journal events that are kept, oldest first. */
  readonly events: () => readonly RolloutEvent[];
  /** The seconds that are kept, oldest first. */
  readonly past: () => readonly Sample[];
  readonly nowMs: () => number;
  /** Whether what somebody was let in by still holds; its expiry apart, which the streams mind themselves. */
  readonly isStillGood: (identity: Identity) => boolean;
}

/** More clients than this are refused: fewer than one address has connections, so that who listens shuts nobody out. */
export const MOST_STREAMS = 32;
/** How soon a client that was cut should come back. */
const RETRY_MS = 2000;

/** Who asks, where the doors have asked. */
interface Locals {
  readonly identity?: Identity;
}

export function createEventStreams(parts: EventParts): EventStreams {
  const streams = new Set<Stream>();
  /** Those of them that want more than the journal. */
  const watching = new Set<Stream>();
  let toldId = lastIn(parts.events());
  let isClosed = false;

  function open(request: Request, response: Response<unknown, Locals>): void {
    if (isClosed) return refuse(request, response, 'stopping', 'Weir is being stopped');
    if (streams.size >= MOST_STREAMS) {
      return refuse(request, response, 'too-many-streams', `expected at most ${MOST_STREAMS} clients at once`);
    }
    const query = parseEventsQuery(request.query);
    if ('mistakes' in query) return sendProblem(request, response, problemOfMistakes('invalid-query', query.mistakes));
    response.set({ 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no' });
    if (request.method === 'HEAD') return void response.end();
    const lastId = request.get('Last-Event-ID') ?? '';
    const stream = createStream({
      response,
      events: parts.events,
      lastId: lastId === '' ? toldId : lastId,
      isPermitted: permissionOf(response.locals.identity),
      nowMs: parts.nowMs(),
    });
    streams.add(stream);
    response.once('close', () => {
      streams.delete(stream);
      watching.delete(stream);
    });
    stream.push(`retry: ${RETRY_MS}\n${lastId === '' ? `id: ${toldId}\n` : ''}\n`);
    if (query.value.only === undefined) {
      watching.add(stream);
      stream.push(messageOf('status', statusOf(parts.look())));
      stream.push(messageOf('samples', parts.past()));
    }
    stream.pull(toldId);
  }

  /** Ends with what the client has shown: its time is over, or it was revoked. */
  function permissionOf(identity: Identity | undefined): (wallMs: number) => boolean {
    if (identity === undefined) return () => true;
    const { expiresAtMs = Number.POSITIVE_INFINITY } = identity;
    return (wallMs) => wallMs < expiresAtMs && parts.isStillGood(identity);
  }

  function push(...messages: readonly string[]): void {
    for (const stream of watching) for (const message of messages) stream.push(message);
  }

  const presentStatus = (): string => messageOf('status', statusOf(parts.look()));

  return {
    open,
    tell(event) {
      toldId = laterOf(parts.events(), toldId, event);
      for (const stream of streams) stream.pull(toldId);
      if (watching.size > 0) push(presentStatus());
    },
    second(sample, nowMs, wallMs) {
      for (const stream of streams) stream.tend(nowMs, wallMs);
      if (watching.size > 0) push(messageOf('sample', sample), presentStatus());
    },
    close() {
      isClosed = true;
      for (const stream of streams) stream.end();
    },
  };
}

const lastIn = (kept: readonly RolloutEvent[]): string => {
  const last = kept.at(-1);
  return last === undefined ? NO_EVENT : eventIdOf(last);
};

/**
 * The id of the event, or of the one that was told before, whichever stands later in the journal: in a fleet the others'
 * events may come before our own are on disk. The journal knows of the epoch what the event did not when it happened.
 */
function laterOf(kept: readonly RolloutEvent[], toldId: string, { seq, transactionId }: RolloutEvent): string {
  const later = kept.findLast((event) => {
    return eventIdOf(event) === toldId || (event.seq === seq && event.transactionId === transactionId);
  });
  return later === undefined ? lastIn(kept) : eventIdOf(later);
}

function refuse(request: Request, response: Response, code: ProblemCode, detail: string): void {
  response.set('Retry-After', String(RETRY_MS / 1000));
  sendProblem(request, response, problemOf(code, detail));
}
