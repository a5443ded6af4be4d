import { seededRandom } from '../../src/support/random.ts';
import { GIVEN_UP_MS, quantileOf, timesToDetect } from '../../src/simulate/detection.ts';
import type { WatchSettings } from '../../src/simulate/watch.ts';
import { createEvidenceWatch } from '../../src/simulate/watch.ts';
import { PER_SECOND } from './settings.ts';
import type { Row } from './table.ts';

const RUNS = 4000;

/** Time from the first bad request to the rollback, median and 95th percentile, by rate and by how bad it is. */
export function detectionTimes(settings: WatchSettings): Row[] {
  return PER_SECOND.map((perSecond) => [
    `${perSecond}/s`,
    ...[1, 0.2, 0.05, 0.02].map((badRatio) => {
      const random = seededRandom(perSecond * 1000 + badRatio * 100);
      const trouble = { ...settings, perSecond, badRatio };
      return phraseTimes(timesToDetect(() => createEvidenceWatch(settings), trouble, RUNS, random));
    }),
  ]);
}

/** The median and the 95th percentile of times in ms, in seconds. */
export function phraseTimes(timesMs: readonly number[]): string {
  return [0.5, 0.95]
    .map((quantile) => quantileOf(timesMs, quantile))
    .map((ms) => (Number.isFinite(ms) ? (ms / 1000).toFixed(1) : `> ${GIVEN_UP_MS / 1000}`))
    .join(' / ');
}
