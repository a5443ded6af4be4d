import type { RolloutEvent } from '../../model/event.ts';
import type { Sample } from '../../model/feed.ts';
import type { StatusView } from '../../model/view.ts';
import type { Message } from './sse.ts';

/** Everything that the page shows, as far as it has come. */
export interface Picture {
  readonly status: StatusView | null;
  /** The last ten minutes, oldest first. */
  readonly samples: readonly Sample[];
  /** Newest first. */
  readonly events: readonly RolloutEvent[];
}

export const EMPTY_PICTURE: Picture = { status: null, samples: [], events: [] };

const KEPT_SAMPLES = 600;
const KEPT_EVENTS = 100;

/** The picture after one more message; one of an unknown kind changes nothing, so that a later Weir may send more. */
export function withMessage(picture: Picture, { event, text }: Message): Picture {
  switch (event) {
    case 'status': {
      const status: StatusView = JSON.parse(text);
      return { ...picture, status };
    }
    case 'sample': {
      const sample: Sample = JSON.parse(text);
      return { ...picture, samples: [...picture.samples, sample].slice(-KEPT_SAMPLES) };
    }
    case 'samples': {
      const past: Sample[] = JSON.parse(text);
      return { ...picture, samples: withPast(picture.samples, past) };
    }
    case 'rollout': {
      const happened: RolloutEvent = JSON.parse(text);
      return withEvents(picture, [happened]);
    }
    default:
      return picture;
  }
}

/** After a restart Weir has no past, but the page may still have one. */
function withPast(known: readonly Sample[], past: readonly Sample[]): readonly Sample[] {
  const [first] = past;
  const older = first === undefined ? known : known.filter(({ at }) => at < first.at);
  return [...older, ...past].slice(-KEPT_SAMPLES);
}

/** Adds events, in any order and perhaps not for the first time. */
export function withEvents(picture: Picture, events: readonly RolloutEvent[]): Picture {
  const known = new Map([...picture.events, ...events].map((event) => [keyOf(event), event]));
  // In a fleet `seq` may go back where the store has lost its memory; then the epoch has grown.
  const order = ({ seq, fleet }: RolloutEvent): number => (fleet?.epoch ?? 0) * 2 ** 32 + seq;
  return { ...picture, events: [...known.values()].toSorted((a, b) => order(b) - order(a)).slice(0, KEPT_EVENTS) };
}

/** An event that was agreed on may have the number of one that was not. */
export const keyOf = ({ seq, transactionId }: RolloutEvent): string => `${seq} ${transactionId}`;
