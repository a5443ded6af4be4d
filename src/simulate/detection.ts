import type { Random } from '../support/random.ts';
import { createArrivals } from './chance.ts';
import type { Watch } from './watch.ts';
import { BEAT_MS } from './watch.ts';

/** When nobody waits any longer. */
export const GIVEN_UP_MS = 600_000;
/** Of a candidate that is well, unless its limit is even lower. */
const WELL_RATIO = 0.001;

export interface Trouble {
  readonly limitRatio: number;
  readonly windowMs: number;
  /** The candidate's requests. */
  readonly perSecond: number;
  /** Share of bad requests once it goes bad. */
  readonly badRatio: number;
}

/** Times from the first bad request to the rollback in ms, one a run; Infinity is "not within ten minutes". */
export function timesToDetect(create: () => Watch, trouble: Trouble, runs: number, random: Random): number[] {
  return Array.from({ length: runs }, () => timeToDetect(create(), trouble, random));
}

/** The number that this share of them does not exceed, by nearest rank. */
export function quantileOf(numbers: readonly number[], quantile: number): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * quantile) - 1] ?? NaN;
}

/** A window full of a candidate that is well, which then goes bad. */
function timeToDetect(watch: Watch, { limitRatio, windowMs, perSecond, badRatio }: Trouble, random: Random): number {
  // The trouble begins anywhere inside a slot.
  const onsetMs = windowMs + Math.floor(random() * 100) * BEAT_MS;
  const before = createArrivals(random, perSecond, Math.min(WELL_RATIO, limitRatio / 5), BEAT_MS);
  const after = createArrivals(random, perSecond, badRatio, BEAT_MS);
  let firstBadMs = Infinity;
  for (let nowMs = 0; nowMs < onsetMs + GIVEN_UP_MS || nowMs - firstBadMs < GIVEN_UP_MS; nowMs += BEAT_MS) {
    const arrivals = nowMs < onsetMs ? before : after;
    arrivals.next();
    if (nowMs >= onsetMs && arrivals.bad > 0) firstBadMs = Math.min(firstBadMs, nowMs);
    const isBroken = watch.beat(nowMs, arrivals.requests, arrivals.bad);
    if (!isBroken) continue;
    // The beat that looks comes after the requests of its 100 ms.
    if (nowMs >= onsetMs) return nowMs + BEAT_MS - Math.min(firstBadMs, nowMs);
    // A false alarm before there was anything to find.
    watch.restart();
  }
  return Infinity;
}
