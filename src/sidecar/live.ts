import type { EventParts, EventStreams } from '../admin/events.ts';
import { createEventStreams } from '../admin/events.ts';
import type { RolloutEvent } from '../model/event.ts';
import { weightsOf } from '../model/split.ts';
import type { Snapshot } from '../model/status.ts';
import type { TallyReading } from '../model/tally.ts';
import type { Clock } from '../support/clock.ts';
import { createFeed } from '../tell/feed.ts';

const SECOND_MS = 1000;

/** What goes on, second by second, and those who watch it. */
export interface Live {
  readonly open: EventStreams['open'];
  tell(events: readonly RolloutEvent[]): void;
  start(): void;
  /** Ends all streams at once. */
  stop(): void;
}

export interface LiveParts extends Pick<EventParts, 'isStillGood'> {
  readonly clock: Clock;
  readonly look: () => Snapshot;
  readonly tally: () => TallyReading;
  /** The journal events that are kept, oldest first. */
  readonly events: () => readonly RolloutEvent[];
}

export function createLive({ clock, look, tally, events, isStillGood }: LiveParts): Live {
  const feed = createFeed(tally());
  const streams = createEventStreams({
    look,
    events,
    past: feed.past,
    nowMs: clock.monotonicMs,
    isStillGood,
  });
  let timer: NodeJS.Timeout | undefined;

  function second(): void {
    const { share, windows, verdict } = look();
    const wallMs = clock.wallMs();
    const sample = feed.sample({ wallMs, weight: weightsOf(share).candidate, tally: tally(), windows, verdict });
    streams.second(sample, clock.monotonicMs(), wallMs);
  }

  return {
    open: streams.open,
    tell: (told) => {
      const last = told.at(-1);
      if (last !== undefined) streams.tell(last);
    },
    start: () => void (timer = setInterval(second, SECOND_MS)),
    stop() {
      clearInterval(timer);
      streams.close();
    },
  };
}
