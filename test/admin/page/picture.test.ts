import { describe, expect, it } from 'vitest';
import { EMPTY_PICTURE, withEvents, withMessage } from '../../../src/admin/page/picture.ts';
import { sampleOf } from '../event-stream.ts';
import { eventOf } from '../fixtures.ts';

const said = (event: string, content: unknown) => ({ event, text: JSON.stringify(content) });
const samplesFrom = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => sampleOf(from + i));

describe('the picture', () => {
  it('has the last ten minutes', () => {
    const begun = withMessage(EMPTY_PICTURE, said('samples', samplesFrom(0, 600)));
    const { samples } = withMessage(begun, said('sample', sampleOf(600)));
    expect(samples).toEqual(samplesFrom(1, 601));
  });

  it('keeps its own past when the sidecar comes back without one', () => {
    const begun = withMessage(EMPTY_PICTURE, said('samples', samplesFrom(0, 10)));
    expect(withMessage(begun, said('samples', [])).samples).toEqual(samplesFrom(0, 10));
    expect(withMessage(begun, said('samples', samplesFrom(8, 12))).samples).toEqual(samplesFrom(0, 12));
  });

  it('has each event once, the newest first, whatever way and order they came in', () => {
    const begun = withEvents(EMPTY_PICTURE, [eventOf(3), eventOf(2)]);
    const { events } = withEvents(withMessage(begun, said('rollout', eventOf(4))), [eventOf(4), eventOf(1)]);
    expect(events.map(({ seq }) => seq)).toEqual([4, 3, 2, 1]);
  });

  it('has at most a hundred events', () => {
    const events = Array.from({ length: 150 }, (_, i) => eventOf(i + 1));
    expect(withEvents(EMPTY_PICTURE, events).events.map(({ seq }) => seq)).toEqual(
      Array.from({ length: 100 }, (_, i) => 150 - i),
    );
  });

  it('is not moved by a message of a kind that it does not know', () => {
    expect(withMessage(EMPTY_PICTURE, said('weather', 'rain'))).toBe(EMPTY_PICTURE);
  });
});
