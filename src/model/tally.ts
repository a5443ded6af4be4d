import type { Side } from './upstream.ts';

/** The first digit of a status as a class; `none` where no response head came. */
export const STATUS_CLASSES = ['1xx', '2xx', '3xx', '4xx', '5xx', 'none'] as const;

export type StatusClass = (typeof STATUS_CLASSES)[number];

/**
 * Why Weir itself would not forward a request.
 *
 * - `head`: its head was doubtful, too long or too slow
 * - `busy`: its upstream has as many requests as it may have
 * - `overloaded`: Weir's event loop is late
 * - `connections`: there are as many connections as there may be; the request was never read
 * - `under-way`: it was on its way already, but its body was broken, or Weir had no socket for it
 */
export const REFUSALS = ['head', 'busy', 'overloaded', 'connections', 'under-way'] as const;

export type Refusal = (typeof REFUSALS)[number];

/** Lifetime latencies to the response head, counted in bins. */
export interface LatencyReading {
  /** Upper bounds of the bins in seconds, inclusive, rising. */
  readonly boundsSeconds: readonly number[];
  /** Requests per bin, not cumulative; one more than there are bounds, the last for everything above. */
  readonly counts: readonly number[];
  readonly sumSeconds: number;
}

/** Lifetime counts of one side. */
export interface SideReading {
  readonly requestsByClass: Readonly<Record<StatusClass, number>>;
  /** By outcome, or `status` for an answer that counts as a failure. */
  readonly failuresByReason: Readonly<Record<string, number>>;
  readonly latency: LatencyReading;
  /** Requests under way now. */
  readonly inFlight: number;
}

/** One reading of the data path's lifetime counters, taken when metrics are scraped. */
export interface TallyReading {
  readonly sides: Readonly<Record<Side, SideReading>>;
  /** Clients that went away first. */
  readonly clientAborts: number;
  /** Requests that Weir itself would not forward. */
  readonly refusalsByReason: Readonly<Record<Refusal, number>>;
  /** Candidate failures that were replayed on stable. */
  readonly shielded: number;
}
