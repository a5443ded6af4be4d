import type { Sample } from '../../model/feed.ts';
import type { Guards } from '../../model/guards.ts';

/**
 * Samples as columns for the charts. Rates are per second of what really lay between two samples; failures are over
 * the last ten seconds, because at a few requests a second a single one is either 0 or 100 %. Where samples are
 * missing (the page was cut off, Weir was restarted) there is a gap and no straight line over it.
 */
export type Column = (number | null)[];

export interface Columns {
  /** Seconds since 1970. */
  readonly seconds: number[];
  /** Requests per second. */
  readonly rates: readonly [Column, Column];
  /** Percent of requests. */
  readonly failures: readonly [Column, Column];
  /** Milliseconds. */
  readonly p95: readonly [Column, Column];
  /** The candidate's share in percent. */
  readonly weight: Column;
}

const SMOOTHED_OVER = 10;
/** Longer than this between two samples and some are missing. */
const GAP_SECONDS = 5;

export function columnsOf(samples: readonly Sample[]): Columns {
  const columns: Columns = { seconds: [], rates: [[], []], failures: [[], []], p95: [[], []], weight: [] };
  let begun = 0;
  for (const [i, { at, weight, sides }] of samples.entries()) {
    const second = Date.parse(at) / 1000;
    const last = columns.seconds.at(-1);
    if (last !== undefined && second <= last) continue;
    const elapsed = last === undefined ? 1 : second - last;
    if (last !== undefined && elapsed > GAP_SECONDS) {
      pushGap(columns, last + 1);
      begun = i;
    }
    columns.seconds.push(second);
    columns.weight.push(weight);
    for (const [side, { requests, p95Ms }] of [sides.stable, sides.candidate].entries()) {
      columns.rates[side]!.push(requests / Math.min(elapsed, GAP_SECONDS));
      columns.p95[side]!.push(p95Ms);
      const recent = samples.slice(Math.max(begun, i - SMOOTHED_OVER + 1), i + 1);
      columns.failures[side]!.push(failuresIn(recent, side === 0 ? 'stable' : 'candidate'));
    }
  }
  return columns;
}

function pushGap({ seconds, rates, failures, p95, weight }: Columns, second: number): void {
  seconds.push(second);
  for (const column of [...rates, ...failures, ...p95, weight]) column.push(null);
}

function failuresIn(samples: readonly Sample[], side: 'stable' | 'candidate'): number | null {
  let [requests, failures] = [0, 0];
  for (const { sides } of samples) {
    requests += sides[side].requests;
    failures += sides[side].failures;
  }
  return requests === 0 ? null : (100 * failures) / requests;
}

/** The limits, each in the unit of its chart; null where that guard is off. */
export interface Limits {
  readonly failures: number | null;
  readonly p95: number | null;
}

/** The limits in force. */
export function limitsOf({ errorsRatio, p95Ms }: Guards): Limits {
  return { failures: errorsRatio === null ? null : errorsRatio * 100, p95: p95Ms };
}
