import { createComparison, failuresOf } from '../../src/health/comparison.ts';
import { lnThresholdOf } from '../../src/health/evidence.ts';
import { ERRORS, REQUESTS, createWindow, slotMsOf } from '../../src/health/window.ts';
import { seededRandom } from '../../src/support/random.ts';
import type { Random } from '../../src/support/random.ts';
import { createArrivals } from '../../src/simulate/chance.ts';
import { phraseTimes } from './detection.ts';
import type { Row } from './table.ts';
import { USUAL } from './settings.ts';

const WINDOW_MS = USUAL.windowMs;
const SLOT_MS = slotMsOf(WINDOW_MS);
const ALLOWED_MULTIPLE = 1.5;
const LN_THRESHOLD = lnThresholdOf(USUAL.falseRollbackMs, SLOT_MS);
const WELL_RATIO = 0.001;
const CANDIDATE_PER_SECOND = 5;
const STABLE_PER_SECOND = 45;

const comparison = createComparison(ALLOWED_MULTIPLE);

/** The relative guard in an outage that hits both sides, and against a candidate that alone goes bad. */
export function versusStable(): Row[] {
  const outages = timesToBreak(1000, { candidate: 0.5, stable: 0.5 }, 120_000, seededRandom(50));
  const found = timesToBreak(400, { candidate: 0.05, stable: WELL_RATIO }, 600_000, seededRandom(5));
  const alarms = outages.filter(Number.isFinite).length;
  return [
    ['both fail 50 % for 2 min', `${alarms} false alarms in ${outages.length} runs`],
    ['candidate 5 %, stable 0.1 %', `${phraseTimes(found)} s to the rollback (median / 95th)`],
  ];
}

interface BadRatios {
  readonly candidate: number;
  readonly stable: number;
}

function timesToBreak(runs: number, after: BadRatios, lastsMs: number, random: Random): number[] {
  return Array.from({ length: runs }, () => timeToBreak(after, lastsMs, random));
}

function timeToBreak(after: BadRatios, lastsMs: number, random: Random): number {
  const candidate = createTrafficOf(random, CANDIDATE_PER_SECOND, after.candidate);
  const stable = createTrafficOf(random, STABLE_PER_SECOND, after.stable);
  for (let nowMs = 0; nowMs < WINDOW_MS + lastsMs; nowMs += SLOT_MS) {
    candidate.slot(nowMs);
    stable.slot(nowMs);
    if (nowMs < WINDOW_MS) continue;
    const ln = comparison.ln(failuresOf(candidate.window.slots(nowMs)), failuresOf(stable.window.slots(nowMs)));
    if (ln >= LN_THRESHOLD) return nowMs + SLOT_MS - WINDOW_MS;
  }
  return Infinity;
}

/** One side: well for the length of a window, then bad. */
function createTrafficOf(random: Random, perSecond: number, badRatio: number) {
  const window = createWindow({ windowMs: WINDOW_MS, slotMs: SLOT_MS, bins: 1 });
  const before = createArrivals(random, perSecond, WELL_RATIO, SLOT_MS);
  const after = createArrivals(random, perSecond, badRatio, SLOT_MS);
  return {
    window,
    slot(nowMs: number) {
      const arrivals = nowMs < WINDOW_MS ? before : after;
      arrivals.next();
      const slot = window.slotAt(nowMs);
      window.add(slot, REQUESTS, arrivals.requests);
      window.add(slot, ERRORS, arrivals.bad);
    },
  };
}
