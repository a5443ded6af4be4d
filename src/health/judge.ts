import type { Measure, Reason, Verdict } from '../model/verdict.ts';
import type { Counts } from './observe.ts';
import { phraseMs, phraseRatio, phraseRelation, phraseRequests } from './phrase.ts';

/**
 * The plain rule: a guard is broken when the measured value exceeds its limit and rests on enough requests. It is what
 * most tools do and easy to follow by hand; what it gets wrong is told in `docs/decisions.md`.
 */
export interface JudgeInput {
  readonly guards: PlainGuards;
  /** The candidate's. */
  readonly window: Counts;
}

export interface PlainGuards {
  /** Allowed share of failed requests, 0..1; null without this guard. */
  readonly errorLimitRatio: number | null;
  /** Null without this guard. */
  readonly p95LimitMs: number | null;
  /** A window with fewer requests is inconclusive. */
  readonly minRequests: number;
}

/** "P95 above the limit" is the same statement as "more than a twentieth is slower than the limit". */
const SLOW_SHARE_DIVISOR = 20;

/** Judges the candidate by its window: unhealthy if any guard is broken, healthy if all there are have been kept. */
export function judge({ guards, window }: JudgeInput): Verdict {
  const reasons = [errorsReason(guards, window), p95Reason(guards, window)].filter((reason) => reason !== null);
  if (reasons.some(({ relation }) => relation === '>')) return { kind: 'unhealthy', reasons };
  const isKept = reasons.length > 0 && reasons.every(({ relation }) => relation === '<=');
  return { kind: isKept ? 'healthy' : 'inconclusive', reasons };
}

function errorsReason({ errorLimitRatio: limit, minRequests }: PlainGuards, window: Counts): Reason | null {
  if (limit === null) return null;
  const { requests, errors, spanMs } = window;
  const measured = requests === 0 ? null : errors / requests;
  if (measured === null || requests < minRequests) return tooFew('errors', measured, limit, requests, minRequests);
  const relation = phraseRelation(measured, limit, phraseRatio);
  return {
    measure: 'errors',
    measured,
    relation: measured > limit ? '>' : '<=',
    limit,
    samples: requests,
    text: `candidate failures ${relation} (${errors} of ${phraseRequests(requests)} in ${phraseMs(spanMs, 2)})`,
  };
}

function p95Reason({ p95LimitMs: limit, minRequests }: PlainGuards, window: Counts): Reason | null {
  if (limit === null) return null;
  const { timed, slow, p95Ms, spanMs } = window;
  if (p95Ms === null || timed < minRequests) return tooFew('p95', p95Ms, limit, timed, minRequests);
  const relation = phraseRelation(p95Ms, limit, phraseMs);
  return {
    measure: 'p95',
    measured: p95Ms,
    relation: slow * SLOW_SHARE_DIVISOR > timed ? '>' : '<=',
    limit,
    samples: timed,
    text: `candidate P95 ${relation} (${slow} of ${phraseRequests(timed)} slower, in ${phraseMs(spanMs, 2)})`,
  };
}

const NAMES: Record<Measure, string> = { errors: 'failures', p95: 'P95' };

function tooFew(measure: Measure, measured: number | null, limit: number, samples: number, needed: number): Reason {
  const text = `candidate ${NAMES[measure]}: ${samples} of ${phraseRequests(Math.max(1, needed))} needed`;
  return { measure, measured, relation: 'unknown', limit, samples, text };
}
