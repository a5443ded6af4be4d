import { OUTCOMES, isFailure } from '../model/outcome.ts';
import type { Exchange, Outcome } from '../model/outcome.ts';
import { REFUSALS, STATUS_CLASSES } from '../model/tally.ts';
import type { Refusal, SideReading, StatusClass, TallyReading } from '../model/tally.ts';
import type { SideIndex } from '../model/upstream.ts';

/**
 * Lifetime integers, read only when somebody scrapes. Forced requests are in here, unlike in the window: they are real
 * traffic, only no evidence. Counters are 64-bit floats, exact to 2^53; 32 bits would wrap within days.
 */
export interface Tally {
  dispatched(exchange: Exchange): void;
  headed(exchange: Exchange, nowMs: number): void;
  settled(exchange: Exchange, outcome: Outcome): void;
  /** A candidate's failure was replayed on stable. */
  shielded(): void;
  /** A request was never dispatched. */
  refused(why: Refusal): void;
  /** Another P95 limit: a bound of the histogram from now on. */
  addBound(p95LimitMs: number): void;
  /** Requests that were dispatched and not yet settled, forced ones too. */
  inFlight(side: SideIndex): number;
  /** A copy of everything, for one scrape. */
  read(): TallyReading;
}

/** Why an upstream failed: `status` for an answer of 5xx, else the outcome. */
export const FAILURE_REASONS: readonly string[] = ['status', ...OUTCOMES.filter((outcome) => isFailure(outcome, 0))];

const USUAL_BOUNDS_MS = [5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000];
/** Limits of a lifetime that become bounds; a scrape must stay small whatever is changed how often. */
const MAX_ADDED_BOUNDS = 32;
const STATUS = 0;
const UNDER_WAY = REFUSALS.indexOf('under-way');
const NO_HEAD = STATUS_CLASSES.indexOf('none');

interface Counters {
  readonly classes: Float64Array;
  readonly failures: Float64Array;
  latency: Float64Array;
  sumMs: number;
  inFlight: number;
}

/** Creates a tally of zeros; the P95 limit in milliseconds, where there is one, becomes a bound of the histogram. */
export function createTally(p95LimitMs: number | null): Tally {
  let boundsMs = Float64Array.from(USUAL_BOUNDS_MS);
  const sides: readonly [Counters, Counters] = [
    createCounters(boundsMs.length + 1),
    createCounters(boundsMs.length + 1),
  ];
  let clientAborts = 0;
  const refusals = new Float64Array(REFUSALS.length);
  let shielded = 0;

  /**
   * What was counted in the bin that the new bound cuts is taken to lie above it, and a bound once there stays: so no
   * series of the histogram ever falls, and from here on the new one is exact.
   */
  function addBound(limitMs: number): void {
    if (boundsMs.includes(limitMs) || boundsMs.length >= USUAL_BOUNDS_MS.length + MAX_ADDED_BOUNDS) return;
    const above = boundsMs.findIndex((bound) => bound > limitMs);
    const at = above < 0 ? boundsMs.length : above;
    boundsMs = Float64Array.from([...boundsMs, limitMs]).toSorted();
    for (const side of sides) side.latency = Float64Array.from([...side.latency].toSpliced(at, 0, 0));
  }
  if (p95LimitMs !== null) addBound(p95LimitMs);

  function readSide({ classes, failures, latency, sumMs, inFlight }: Counters): SideReading {
    return {
      requestsByClass: named(STATUS_CLASSES, classes) as Record<StatusClass, number>,
      failuresByReason: named(FAILURE_REASONS, failures),
      latency: {
        boundsSeconds: Array.from(boundsMs, (ms) => ms / 1000),
        counts: [...latency],
        sumSeconds: sumMs / 1000,
      },
      inFlight,
    };
  }

  return {
    dispatched(exchange) {
      sides[exchange.side].inFlight++;
    },
    headed(exchange, nowMs) {
      const counters = sides[exchange.side];
      const ms = nowMs - exchange.dispatchedAtMs;
      let bin = 0;
      while (bin < boundsMs.length && ms > boundsMs[bin]!) bin++;
      bump(counters.latency, bin);
      counters.sumMs += ms;
    },
    settled(exchange, outcome) {
      const counters = sides[exchange.side];
      counters.inFlight--;
      bump(counters.classes, classOf(exchange.status));
      if (outcome === 'client-left') clientAborts++;
      else if (outcome === 'refused-here') bump(refusals, UNDER_WAY);
      else if (isFailure(outcome, exchange.status)) {
        bump(counters.failures, outcome === 'answered' ? STATUS : FAILURE_REASONS.indexOf(outcome));
      }
    },
    shielded() {
      shielded++;
    },
    refused(why) {
      bump(refusals, REFUSALS.indexOf(why));
    },
    addBound,
    inFlight: (side) => sides[side].inFlight,
    read: () => ({
      sides: { stable: readSide(sides[0]), candidate: readSide(sides[1]) },
      clientAborts,
      refusalsByReason: named(REFUSALS, refusals) as Record<Refusal, number>,
      shielded,
    }),
  };
}

function createCounters(latencyBins: number): Counters {
  return {
    classes: new Float64Array(STATUS_CLASSES.length),
    failures: new Float64Array(FAILURE_REASONS.length),
    latency: new Float64Array(latencyBins),
    sumMs: 0,
    inFlight: 0,
  };
}

function classOf(status: number): number {
  return status >= 100 && status < 600 ? Math.floor(status / 100) - 1 : NO_HEAD;
}

function bump(counters: Float64Array, at: number): void {
  counters[at] = counters[at]! + 1;
}

function named(names: readonly string[], counters: Float64Array): Record<string, number> {
  return Object.fromEntries(names.map((name, at) => [name, counters[at]!]));
}
