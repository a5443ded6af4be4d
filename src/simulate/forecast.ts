import type { Guards } from '../model/guards.ts';
import type { Limit } from '../health/limit.ts';
import { limitsOf } from '../health/limit.ts';
import { createHealthEvidence } from '../health/proof.ts';
import { seededRandom } from '../support/random.ts';
import { quantileOf, timesToDetect } from './detection.ts';
import { BEATS_A_DAY, countAlarms } from './false-alarms.ts';
import type { Watch, WatchSettings } from './watch.ts';
import { createEvidenceWatch, createPlainWatch } from './watch.ts';

/**
 * What a limit will do at a rate of traffic, by seeded simulation through the functions that judge: how long it takes to
 * find a candidate that goes bad, and how often one that is well is taken out, by both rules. The same numbers every time.
 */
export interface Forecast {
  readonly limit: Limit;
  readonly detection: readonly Detection[];
  readonly falseAlarms: readonly FalseAlarms[];
  /** Requests that prove health when none is bad; null for never. */
  readonly requestsToProof: number | null;
}

interface Detection {
  /** Share of bad requests. */
  readonly badRatio: number;
  readonly evidence: Times;
  readonly plain: Times;
}

/** From the first bad request, in ms; Infinity is "not within ten minutes". */
export interface Times {
  readonly medianMs: number;
  readonly p95Ms: number;
}

interface FalseAlarms {
  /** Of the limit: 1 is a candidate exactly at it. */
  readonly fraction: number;
  readonly evidence: Counted;
  readonly plain: Counted;
}

export interface Counted {
  readonly alarms: number;
  readonly days: number;
}

const BAD_RATIOS: Record<Limit['measure'], readonly number[]> = {
  errors: [1, 0.2, 0.05, 0.02],
  p95: [1, 0.5, 0.2, 0.1],
};
const RUNS = 100;
/** Beats and requests that are simulated for one number: together they take a few seconds. */
const EVIDENCE_STEPS = 2_000_000;
const PLAIN_STEPS = 200_000;

/** Forecasts each limit for so many candidate requests a second. */
export function forecastsOf(guards: Guards, perSecond: number): Forecast[] {
  return limitsOf(guards).map((limit) => forecastOf(limit, guards, perSecond));
}

function forecastOf(limit: Limit, guards: Guards, perSecond: number): Forecast {
  const settings: WatchSettings = { ...guards, limitRatio: limit.allowedRatio };
  const evidence = () => createEvidenceWatch(settings);
  const plain = () => createPlainWatch(settings);
  const stepsADay = BEATS_A_DAY + perSecond * 86_400;
  const timesOf = (create: () => Watch, badRatio: number): Times => {
    const trouble = { ...settings, perSecond, badRatio };
    const times = timesToDetect(create, trouble, RUNS, seededRandom(1 + badRatio * 100));
    return { medianMs: quantileOf(times, 0.5), p95Ms: quantileOf(times, 0.95) };
  };
  const alarmsOf = (watch: Watch, fraction: number, steps: number): Counted => {
    const days = Math.min(30, steps / stepsADay);
    return { days, alarms: countAlarms(watch, perSecond, limit.allowedRatio * fraction, days) };
  };
  return {
    limit,
    detection: BAD_RATIOS[limit.measure]
      .filter((badRatio) => badRatio > limit.allowedRatio)
      .map((badRatio) => ({ badRatio, evidence: timesOf(evidence, badRatio), plain: timesOf(plain, badRatio) })),
    falseAlarms: [1, 0.5].map((fraction) => ({
      fraction,
      evidence: alarmsOf(evidence(), fraction, EVIDENCE_STEPS),
      plain: alarmsOf(plain(), fraction, PLAIN_STEPS),
    })),
    requestsToProof: createHealthEvidence(limit.allowedRatio).requestsToProof(0, 0),
  };
}
