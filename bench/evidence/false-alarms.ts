import { seededRandom } from '../../src/support/random.ts';
import { createArrivals } from './chance.ts';
import type { Row } from './table.ts';
import type { Watch, WatchSettings } from './watch.ts';
import { createEvidenceWatch, createPlainWatch } from './watch.ts';

const BEAT_MS = 100;
const BEATS_A_DAY = 86_400_000 / BEAT_MS;
const EVIDENCE_DAYS = 150;
/** The plain rule is wrong so often that a day shows it. */
const PLAIN_DAYS = 1;

/** How often a candidate that keeps its limit is rolled back all the same, by rate and by rule. */
export function falseAlarms(settings: WatchSettings): Row[] {
  return [0.5, 5, 50].map((perSecond) => [
    `${perSecond}/s`,
    ...[1, 0.5].flatMap((fraction) => {
      const badRatio = settings.limitRatio * fraction;
      const plain = countAlarms(createPlainWatch(settings), perSecond, badRatio, PLAIN_DAYS);
      const evidence = countAlarms(createEvidenceWatch(settings), perSecond, badRatio, EVIDENCE_DAYS);
      return [String(plain / PLAIN_DAYS), `${evidence} in ${EVIDENCE_DAYS} days`];
    }),
  ]);
}

function countAlarms(watch: Watch, perSecond: number, badRatio: number, days: number): number {
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
