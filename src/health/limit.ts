import type { Guards, SlotCounts } from '../model/guards.ts';
import type { Sample } from './comparison.ts';
import { failuresOf, slownessOf } from './comparison.ts';
import type { Counts } from './observe.ts';
import { phraseMs, phraseRatio, phraseRelation, phraseRequests } from './phrase.ts';
import type { StepCounts } from './window.ts';

/** So many of so many. */
export interface Tried {
  readonly requests: number;
  readonly bad: number;
}

/**
 * A limit on one measure, as a question to each request that is answered by yes or no: did it fail, or did its head
 * take longer than the limit? "P95 above the limit" is the same statement as "more than 5 % are slower than it". So one
 * method serves both, and all it needs is how many requests there were and how many of them were bad.
 */
export interface Limit {
  readonly measure: 'errors' | 'p95';
  /** As a person calls it. */
  readonly name: string;
  /** A ratio for `errors`, milliseconds for `p95`. */
  readonly value: number;
  /** Of bad requests, 0..1. */
  readonly allowedRatio: number;
  countsOf(counts: Pick<Counts, 'requests' | 'errors' | 'timed' | 'slow'>): Tried;
  knownOf(step: StepCounts): Tried;
  sampleOf(slots: SlotCounts): Sample;
  /** In the unit of `value`; null without a request. */
  measuredOf(counts: Counts): number | null;
  /** `failures 7.2 % > 0.5 %` */
  relationOf(counts: Counts): string;
  /** `failures 0.2 %, limit 0.5 %`, where nothing is decided. */
  besideOf(counts: Counts): string;
  /** `36 of 500 requests in 41 s` */
  restsOn(counts: Counts): string;
  /** `, and stable fails too: 48 % (210 of 437 requests)` */
  stableToo(stable: Counts): string;
}

const SLOW_RATIO = 0.05;

/** The limits that the guards set, each once. */
export function limitsOf({ errorsRatio, p95Ms }: Guards): Limit[] {
  return [...(errorsRatio === null ? [] : [errorsLimit(errorsRatio)]), ...(p95Ms === null ? [] : [p95Limit(p95Ms)])];
}

function errorsLimit(value: number): Limit {
  const ratioOf = ({ requests, errors }: Counts) => (requests === 0 ? null : errors / requests);
  return {
    measure: 'errors',
    name: 'failures',
    value,
    allowedRatio: value,
    countsOf: ({ requests, errors }) => ({ requests, bad: errors }),
    knownOf: ({ ended, errors }) => ({ requests: ended, bad: errors }),
    sampleOf: failuresOf,
    measuredOf: ratioOf,
    relationOf: (counts) => `failures ${phraseRelation(ratioOf(counts) ?? 0, value, phraseRatio)}`,
    besideOf: (counts) => `failures ${phraseRatio(ratioOf(counts) ?? 0)}, limit ${phraseRatio(value)}`,
    restsOn: ({ errors, requests, spanMs }) =>
      `${errors} of ${phraseRequests(requests)} in ${phraseMs(Math.round(spanMs), 2)}`,
    stableToo: ({ requests, errors }) =>
      `, and stable fails too: ${phraseRatio(errors / requests)} (${errors} of ${phraseRequests(requests)})`,
  };
}

function p95Limit(value: number): Limit {
  return {
    measure: 'p95',
    name: 'P95',
    value,
    allowedRatio: SLOW_RATIO,
    countsOf: ({ timed, slow }) => ({ requests: timed, bad: slow }),
    knownOf: ({ headed, slow }) => ({ requests: headed, bad: slow }),
    sampleOf: slownessOf,
    measuredOf: ({ p95Ms }) => p95Ms,
    // From counts alone, as a journal keeps them, there is no percentile, but whether it is above the limit is known.
    relationOf: ({ p95Ms, timed, slow }) =>
      p95Ms === null
        ? `P95 ${slow > timed * SLOW_RATIO ? '>' : '<='} ${phraseMs(value)}`
        : `P95 ${phraseRelation(p95Ms, value, phraseMs)}`,
    besideOf: ({ p95Ms }) => `P95 ${p95Ms === null ? 'unknown' : phraseMs(p95Ms)}, limit ${phraseMs(value)}`,
    restsOn: ({ slow, timed, spanMs }) =>
      `${slow} of ${phraseRequests(timed)} slower, in ${phraseMs(Math.round(spanMs), 2)}`,
    stableToo: ({ timed, slow }) =>
      `, and stable is slow too: ${phraseRatio(slow / timed)} (${slow} of ${phraseRequests(timed)} slower)`,
  };
}
