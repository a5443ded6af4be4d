import { seededRandom } from '../support/random.ts';
import { createArrivals } from './chance.ts';
import type { Watch } from './watch.ts';
import { BEAT_MS } from './watch.ts';

export const BEATS_A_DAY = 86_400_000 / BEAT_MS;

/** How often a candidate with this share of bad requests is rolled back in so many days; after each it starts again. */
export function countAlarms(watch: Watch, perSecond: number, badRatio: number, days: number): number {
  const arrivals = createArrivals(seededRandom(1 + perSecond * 100 + badRatio * 1e6), perSecond, badRatio, BEAT_MS);
  let alarms = 0;
  for (let beat = 0; beat < days * BEATS_A_DAY; beat++) {
    arrivals.next();
    if (!watch.beat(beat * BEAT_MS, arrivals.requests, arrivals.bad)) continue;
    alarms++;
    watch.restart();
  }
  return alarms;
}
