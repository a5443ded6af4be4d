/**
 * What a guard measures.
 *
 * - `errors`: the candidate's share of failed requests
 * - `p95`: the 95th percentile of its time to the response head
 * - `worse-errors`, `worse-p95`: its share of failed or slow requests beside stable's
 * - `probe`: the answers to Weir's own questions
 * - `members`: how many of a fleet have gone back to stable by themselves
 */
export const MEASURES = ['errors', 'p95', 'worse-errors', 'worse-p95', 'probe', 'members'] as const;

export type Measure = (typeof MEASURES)[number];

/** Why a verdict came out as it did: measured value, relation, limit, samples, in that order. */
export interface Reason {
  readonly measure: Measure;
  /** Milliseconds for `p95`, failed probes for `probe`, a number of members for `members`, else a ratio 0..1; null when nothing could be measured. */
  readonly measured: number | null;
  /** `>` is broken; `<=` is kept, and by the evidence rule proven; `unknown` is neither. */
  readonly relation: '>' | '<=' | 'unknown';
  /** In the unit of `measured`; for the guards beside stable, what stable's own share allows. */
  readonly limit: number;
  /** Requests that the measure rests on. */
  readonly samples: number;
  /** The same for a person: "candidate failures 7.2 % > 0.5 % (36 of 500 requests in 41 s; evidence 10^9 : 1)". */
  readonly text: string;
  /** ln of the evidence over what it takes to break the guard: broken from 0 on. Absent where a rule weighs none. */
  readonly lnEvidence?: number;
}

/** The judge's answer. No traffic is inconclusive, never healthy. */
export interface Verdict {
  readonly kind: 'healthy' | 'unhealthy' | 'inconclusive';
  readonly reasons: readonly Reason[];
}

export const NO_VERDICT: Verdict = { kind: 'inconclusive', reasons: [] };

/** How many more requests would decide, and how long they take at the present rate; null for never, or without traffic. */
export interface Outlook {
  readonly requests: number;
  readonly ms: number | null;
}

/** What an inconclusive verdict waits for. */
export interface Prospect {
  /** If the requests go on like those since the step began; null when that will never prove health. */
  readonly proof: Outlook | null;
  /** If they fail as they do in the window; null when that is within every limit. */
  readonly breach: Outlook | null;
  /** The same for a person. */
  readonly text: string;
}
