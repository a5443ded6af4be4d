import type { Reason, Verdict } from '../model/verdict.ts';

/** What one probe found. */
export interface ProbeResult {
  readonly passed: boolean;
  /** For a person: "200 in 12 ms", "connect ECONNREFUSED". */
  readonly text: string;
}

export interface ProbeLimits {
  /** So many failures among the last `of` mean that the upstream is down. */
  readonly failures: number;
  readonly of: number;
}

/**
 * The last probes of one upstream, counted. `failures` of the last `of` and not so many in a row, because an upstream
 * that answers every second probe is not well either; passes are counted in a row, because a health check asks whether
 * it is well now.
 */
export interface ProbeCount {
  /** The last `of`, oldest first. */
  readonly results: readonly boolean[];
  /** In a row, up to now. */
  readonly passes: number;
  readonly last: string;
}

export const NO_PROBES: ProbeCount = { results: [], passes: 0, last: 'not probed yet' };

export function afterProbe(count: ProbeCount, { passed, text }: ProbeResult, of: number): ProbeCount {
  return {
    results: [...count.results, passed].slice(-of),
    passes: passed ? count.passes + 1 : 0,
    last: text,
  };
}

/** What a new try keeps of the probes before it: that the last ones passed, and no failure. */
export function passesAlone({ results, passes, last }: ProbeCount): ProbeCount {
  return { results: results.slice(results.length - Math.min(passes, results.length)), passes, last };
}

export const failuresOf = ({ results }: ProbeCount): number => results.filter((passed) => !passed).length;

export function isDown(count: ProbeCount, { failures }: ProbeLimits): boolean {
  return failuresOf(count) >= failures;
}

/** The candidate's probes as a reason, beside those of the guards; null before the first one. */
export function probeReason(count: ProbeCount, limits: ProbeLimits): Reason | null {
  const samples = count.results.length;
  if (samples === 0) return null;
  const failed = failuresOf(count);
  const limit = limits.failures - 1;
  const relation = isDown(count, limits) ? '>' : '<=';
  const text = `candidate probe failures ${failed} ${relation} ${limit} (of the last ${samples}; last: ${count.last})`;
  return { measure: 'probe', measured: failed, relation, limit, samples, text };
}

/** A verdict on the traffic with what the probe says: it can condemn, but it proves nobody healthy. */
export function withProbe(verdict: Verdict, reason: Reason | null): Verdict {
  if (reason === null) return verdict;
  const reasons = [...verdict.reasons, reason];
  return { kind: reason.relation === '>' ? 'unhealthy' : verdict.kind, reasons };
}
