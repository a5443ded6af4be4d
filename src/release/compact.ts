import type { RolloutEvent } from '../model/event.ts';

/**
 * What remains of a journal that has grown. Each event carries the whole state it led to, so the newest ones are enough,
 * and no snapshot of another form is needed. They fill at most half of the room, so that compaction is rare, but some
 * history stays even where each event is large because many releases are kept; then the room grows instead.
 */
const MOST_EVENTS = 200;
const LEAST_EVENTS = 20;

export const COMPACT_BEYOND_BYTES = 2 * 1024 * 1024;

/** Which of the events remain, oldest first; `roomBytes` is the size beyond which a journal is compacted. */
export function remainingOf(events: readonly RolloutEvent[], roomBytes: number): readonly RolloutEvent[] {
  const newest = events.slice(-MOST_EVENTS);
  let bytes = 0;
  const first = newest.findLastIndex((event, index) => {
    bytes += Buffer.byteLength(lineOf(event));
    return newest.length - index > LEAST_EVENTS && bytes > roomBytes / 2;
  });
  return newest.slice(first + 1);
}

/** Beyond which size to compact again, after so many bytes remained. */
export function nextRoomOf(roomBytes: number, remainingBytes: number): number {
  return Math.max(roomBytes, 2 * remainingBytes);
}

export const linesOf = (events: readonly RolloutEvent[]): Buffer => Buffer.from(events.map(lineOf).join(''));

const lineOf = (event: RolloutEvent): string => `${JSON.stringify(event)}\n`;
