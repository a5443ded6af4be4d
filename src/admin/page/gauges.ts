import type { Sample } from '../../model/feed.ts';
import type { Measure, Reason } from '../../model/verdict.ts';
import type { StatusView } from '../../model/view.ts';
import { spanOf } from './words.ts';

/** How close one guard is to a reset. */
export interface Gauge {
  readonly measure: Measure;
  readonly name: string;
  /** 0 nothing speaks against the candidate, 1 the limit is broken. */
  readonly fraction: number;
  readonly state: 'broken' | 'kept' | 'open';
  /** The fraction in words that nobody takes for a rate of failures. */
  readonly value: string;
  readonly text: string;
}

/** How close the candidate is to being proven healthy. */
export interface Proof {
  /** 0..1; 1 is proven. */
  readonly fraction: number;
  readonly text: string;
}

const NAMES: Readonly<Record<Measure, string>> = {
  errors: 'Failures',
  p95: 'P95',
  'worse-errors': 'Failures beside stable',
  'worse-p95': 'Slowness beside stable',
  probe: 'Probes',
  members: 'Members gone back',
};

/** ln of a threshold is about this for the usual limits; it is known exactly once a quiet second has been seen. */
const USUAL_LN_THRESHOLD = 15;

/**
 * By the evidence rule the scale is logarithmic, from "no evidence" to "broken": evidence over its threshold is lowest
 * when there is none, so the lowest that was seen says how long the scale is. By the plain rule it is measured : limit.
 */
export function gaugesOf({ verdict }: StatusView, samples: readonly Sample[]): Gauge[] {
  return verdict.reasons.map((reason) => {
    const { measure, relation, text } = reason;
    const state = relation === '>' ? 'broken' : relation === '<=' ? 'kept' : 'open';
    const fraction = state === 'broken' ? 1 : Math.min(0.99, fractionOf(reason, samples));
    return { measure, name: NAMES[measure], fraction, state, value: valueOf(state, fraction), text };
  });
}

function valueOf(state: Gauge['state'], fraction: number): string {
  const way = `${Math.floor(fraction * 100)} % of the way to a reset`;
  return { broken: 'limit broken', kept: `${way}, limit kept`, open: `${way}, undecided` }[state];
}

function fractionOf({ measure, measured, limit, lnEvidence }: Reason, samples: readonly Sample[]): number {
  if (lnEvidence === undefined) return measured === null || limit <= 0 ? 0 : clamped(measured / limit);
  const seen = samples.map(({ evidence }) => evidence[measure] ?? 0);
  const lowest = Math.min(lnEvidence, ...seen);
  const length = -lowest > USUAL_LN_THRESHOLD / 3 ? -lowest : USUAL_LN_THRESHOLD;
  return clamped(1 + lnEvidence / length);
}

/** Null where nothing is being proven. */
export function proofOf({ verdict, waitingFor, window, phase }: StatusView): Proof | null {
  if (phase === 'idle' || phase === 'rolled-back') return null;
  if (verdict.kind === 'healthy') return { fraction: 1, text: 'every limit is kept' };
  if (verdict.kind === 'unhealthy' || waitingFor === null) return null;
  const { proof } = waitingFor;
  if (proof === null) return { fraction: 0, text: 'not as long as it fails like this' };
  // After a promotion the window of the release on trial is stable's.
  const { requests } = phase === 'promoted' ? window.stable : window.candidate;
  const total = requests + proof.requests;
  const when = proof.ms === null ? 'there is no traffic' : `about ${spanOf(proof.ms)}`;
  return { fraction: total === 0 ? 0 : requests / total, text: `${proof.requests} more requests, ${when}` };
}

const clamped = (value: number): number => Math.min(1, Math.max(0, value));
