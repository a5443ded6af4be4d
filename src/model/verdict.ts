/** What a guard measures. */
export type Measure = 'errors' | 'p95';

/** What can speak for or against a candidate: a guard on its traffic, or the probe. */
export type Cause = Measure | 'probe';

/** Why a verdict came out as it did: measured value, relation, limit, samples, in that order. */
export interface Reason {
  readonly measure: Cause;
  /** A ratio 0..1 for `errors`, milliseconds for `p95`, failed probes for `probe`; null when nothing could be measured. */
  readonly measured: number | null;
  readonly relation: '>' | '<=' | 'unknown';
  /** In the unit of `measured`. */
  readonly limit: number;
  /** Requests in the window that the measure rests on. */
  readonly samples: number;
  /** The same for a person: "candidate failures 7.2 % > 0.5 % (36 of 500 requests in 41 s)". */
  readonly text: string;
}

/** The judge's answer. No traffic is inconclusive, never healthy. */
export interface Verdict {
  readonly kind: 'healthy' | 'unhealthy' | 'inconclusive';
  readonly reasons: readonly Reason[];
}

export const NO_VERDICT: Verdict = { kind: 'inconclusive', reasons: [] };
