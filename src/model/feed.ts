import type { Side } from './upstream.ts';
import type { Measure } from './verdict.ts';

/**
 * One second of a sidecar's life, as the page draws it. `GET /v1/events` sends one a second; the last ten minutes are
 * kept, so that a page that has just been opened has a past.
 */
export interface Sample {
  /** ISO 8601, UTC. */
  readonly at: string;
  /** The candidate's share in force, in percent of requests. */
  readonly weight: number;
  readonly sides: Readonly<Record<Side, SideSample>>;
  /** ln of the evidence over what it takes to break each guard that is being judged: broken from 0 on. */
  readonly evidence: Readonly<Partial<Record<Measure, number>>>;
}

export interface SideSample {
  /** Exchanges that ended in this second. */
  readonly requests: number;
  /** Of these, failures. */
  readonly failures: number;
  /** Of the window, to the response head; null without a request. */
  readonly p95Ms: number | null;
}
