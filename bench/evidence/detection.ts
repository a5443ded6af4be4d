import { seededRandom } from '../../src/support/random.ts';
import type { Random } from '../../src/support/random.ts';
import { createArrivals } from './chance.ts';
import type { Row } from './table.ts';
import type { WatchSettings } from './watch.ts';
import { createEvidenceWatch } from './watch.ts';

const BEAT_MS = 100;
const RUNS = 400;
const GIVEN_UP_MS = 600_000;
const WELL_RATIO = 0.001;

/** Time from the first bad request to the rollback, median and 95th percentile, by rate and by how bad it is. */
export function detectionTimes(settings: WatchSettings): Row[] {
  return [0.5, 5, 50].map((perSecond) => [
    `${perSecond}/s`,
    ...[1, 0.2, 0.05, 0.02].map((badRatio) => {
      const random = seededRandom(perSecond * 1000 + badRatio * 100);
      return phraseTimes(Array.from({ length: RUNS }, () => timeToDetect(settings, perSecond, badRatio, random)));
    }),
  ]);
}

/** The median and the 95th percentile of times in ms, in seconds; Infinity is "not within ten minutes". */
export function phraseTimes(timesMs: readonly number[]): string {
  const sorted = timesMs.toSorted((a, b) => a - b);
  return [0.5, 0.95]
    .map((quantile) => sorted[Math.ceil(sorted.length * quantile) - 1]!)
    .map((ms) => (Number.isFinite(ms) ? (ms / 1000).toFixed(1) : `> ${GIVEN_UP_MS / 1000}`))
    .join(' / ');
}

/** A window full of a candidate that is well, which then goes bad. */
function timeToDetect({ windowMs, limitRatio }: WatchSettings, perSecond: number, badRatio: number, random: Random) {
  const watch = createEvidenceWatch({ windowMs, limitRatio });
  // The trouble begins anywhere inside a slot.
  const onsetMs = windowMs + Math.floor(random() * 100) * BEAT_MS;
  const before = createArrivals(random, perSecond, WELL_RATIO, BEAT_MS);
  const after = createArrivals(random, perSecond, badRatio, BEAT_MS);
  let firstBadMs = Infinity;
  for (let nowMs = 0; nowMs < onsetMs + GIVEN_UP_MS || nowMs - firstBadMs < GIVEN_UP_MS; nowMs += BEAT_MS) {
    const arrivals = nowMs < onsetMs ? before : after;
    arrivals.next();
    if (nowMs >= onsetMs && arrivals.bad > 0) firstBadMs = Math.min(firstBadMs, nowMs);
    // The beat that looks comes after the requests of its 100 ms.
    if (watch.beat(nowMs, arrivals.requests, arrivals.bad) && nowMs >= onsetMs) return nowMs + BEAT_MS - firstBadMs;
  }
  return Infinity;
}
