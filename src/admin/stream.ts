import type { ServerResponse } from 'node:http';
import type { RolloutEvent } from '../model/event.ts';
import { eventIdOf, NO_EVENT } from '../model/event-id.ts';

/**
 * One client's stream of Server-Sent Events (the HTML standard, section 9.2).
 *
 * Samples and status are pushed as they come. Journal events are *pulled*: the stream remembers the last one that it
 * has written and takes the next from the journal's own memory, as long as the client keeps up. So a client that comes
 * back after a long time, and is owed a thousand events, costs no more memory than one that was never away, and none is
 * sent twice or left out. Where the journal no longer has the next one, a `gap` says so.
 *
 * A client whose unread bytes are too many is cut. It may come back with `Last-Event-ID` and goes on where it was.
 */
export interface Stream {
  /** Writes a message that is already in its form. */
  push(message: string): void;
  /** Writes the journal events up to the one of this id, as far as the client keeps up; the rest follows by itself. */
  pull(toldId: string): void;
  /** Once a second: cuts what has outlived its permission, and lets no line fall silent for too long. */
  tend(nowMs: number, wallMs: number): void;
  end(): void;
}

export interface StreamParts {
  readonly response: ServerResponse;
  /** The journal events that are kept, oldest first. */
  readonly events: () => readonly RolloutEvent[];
  /** Of the last journal event that the client has. */
  readonly lastId: string;
  /** Whether the client may still listen, at this time of the wall clock. */
  readonly isPermitted: (wallMs: number) => boolean;
  readonly nowMs: number;
}

/** More unread bytes than this and the client is cut. */
const MOST_UNREAD_BYTES = 256 * 1024;
/** So much of the past may wait in a client's buffer; the rest waits in the journal's memory. */
const PULL_UNTIL_BYTES = 64 * 1024;
const HEARTBEAT_MS = 15_000;

/** A message of the stream. Its text has no line break, because JSON has none. */
export function messageOf(event: string, content: unknown, id?: string): string {
  const line = id === undefined ? '' : `id: ${id}\n`;
  return `event: ${event}\n${line}data: ${JSON.stringify(content)}\n\n`;
}

export function createStream({ response, events, isPermitted, nowMs, ...from }: StreamParts): Stream {
  let { lastId } = from;
  let wantedId = NO_EVENT;
  let hasWritten = true;
  let wroteAtMs = nowMs;

  const isOpen = (): boolean => !response.destroyed && !response.writableEnded;

  function push(message: string): void {
    if (!isOpen()) return;
    response.write(message);
    hasWritten = true;
    if (response.writableLength > MOST_UNREAD_BYTES) response.destroy();
  }

  function pull(toldId: string): void {
    wantedId = toldId;
    const kept = events();
    const wanted = positionOf(kept, wantedId);
    const last = positionOf(kept, lastId);
    if (wanted === null || lastId === wantedId) return;
    // Events that are gone, or an id of another journal than this.
    if (last === null || last > wanted) {
      lastId = wantedId;
      push(messageOf('gap', { oldestSeq: kept[0]?.seq ?? null, newestSeq: kept[wanted]?.seq ?? 0 }, wantedId));
      return;
    }
    for (let next = last + 1; next <= wanted && isOpen() && response.writableLength < PULL_UNTIL_BYTES; next++) {
      const event = kept[next]!;
      lastId = eventIdOf(event);
      push(messageOf('rollout', event, lastId));
    }
  }

  response.on('drain', () => pull(wantedId));

  return {
    push,
    pull,
    tend(nowMs, wallMs) {
      // Its end was told, and it does not read that either.
      if (response.writableEnded) return void response.destroy();
      if (!isPermitted(wallMs)) return void response.end();
      if (hasWritten) {
        hasWritten = false;
        wroteAtMs = nowMs;
      } else if (nowMs - wroteAtMs >= HEARTBEAT_MS) {
        push(':\n\n');
      }
    },
    end: () => void response.end(),
  };
}

/** Of the event that has this id, from the end; -1 for the one before the first; null where neither is known. */
function positionOf(kept: readonly RolloutEvent[], id: string): number | null {
  const position = kept.findLastIndex((event) => eventIdOf(event) === id);
  if (position >= 0) return position;
  const [oldest] = kept;
  const before = oldest === undefined || oldest.fleet !== undefined ? NO_EVENT : String(oldest.seq - 1);
  const isFirst = oldest === undefined || oldest.fleet === undefined || oldest.seq === 1;
  return id === before && isFirst ? -1 : null;
}
