import type { Guards } from '../model/guards.ts';
import type { Outlook, Reason } from '../model/verdict.ts';
import { createLimitEvidence, lnThresholdOf } from './evidence.ts';
import type { Limit } from './limit.ts';
import type { Observed } from './observed.ts';
import { phraseEvidence } from './phrase.ts';
import { createHealthEvidence } from './proof.ts';

/**
 * The evidence rule for one limit. It is broken when the window's requests contradict it so strongly that a candidate
 * at the limit would show the like at most once in `falseRollback`; it is kept when all requests since the step began
 * prove it, and what the window holds does not speak against that.
 */
export interface Weighing {
  reason(observed: Observed): Reason;
  /** Requests that would prove health; 0 when it is proven, null for never. */
  requestsToProof(observed: Observed): Outlook['requests'] | null;
  /** Requests that would break the limit if they fail as in the window; null for never. */
  requestsToBreach(observed: Observed): Outlook['requests'] | null;
}

/** What stable's own evidence must reach, per slot, to be called bad too: wrong once in twenty times (Markov). */
const LN_STABLE_TOO = Math.log(20);
/** Of evidence where one bad request proves it, so that it can be written down. */
const LN_MOST = 1e6;

/** How far evidence is over its threshold, in a form that can be written down: no evidence at all is evidence of 1. */
export function overThreshold(ln: number, lnThreshold: number): number {
  return Math.min(Math.max(ln, 0), LN_MOST) - lnThreshold;
}

export function createWeighing(limit: Limit, guards: Guards, slotMs: number): Weighing {
  const against = createLimitEvidence(limit.allowedRatio);
  const health = createHealthEvidence(limit.allowedRatio);
  const lnThreshold = lnThresholdOf(guards.falseRollbackMs, slotMs);

  function reason(observed: Observed): Reason {
    const { requests, bad } = limit.sampleOf(observed.candidate.slots());
    const ln = against.ln(requests, bad);
    const isBroken = ln >= lnThreshold;
    // What came before the trouble began is not what the verdict rests on.
    const counts = observed.candidate.since(isBroken ? against.beginning(requests, bad) : 0);
    const samples = limit.countsOf(counts).requests;
    const lnEvidence = overThreshold(ln, lnThreshold);
    const common = {
      measure: limit.measure,
      measured: limit.measuredOf(counts),
      limit: limit.value,
      samples,
      lnEvidence,
    };
    if (samples === 0) {
      return { ...common, relation: 'unknown', text: `candidate ${limit.name}: no requests in the window` };
    }
    const restsOn = limit.restsOn(counts);
    if (isBroken) {
      const text = `candidate ${limit.relationOf(counts)} (${restsOn}; evidence ${phraseEvidence(ln)})`;
      return { ...common, relation: '>', text: text + stableToo(observed) };
    }
    if (isKept(observed)) {
      const { requests: known } = limit.knownOf(observed.step());
      const text = `candidate ${limit.relationOf(counts)} (${restsOn}; proven by ${known} since the step began)`;
      return { ...common, relation: '<=', text };
    }
    const weight = `evidence ${phraseEvidence(ln)}, broken at ${phraseEvidence(lnThreshold)}`;
    return { ...common, relation: 'unknown', text: `candidate ${limit.besideOf(counts)} (${restsOn}; ${weight})` };
  }

  function isKept(observed: Observed): boolean {
    const now = limit.countsOf(observed.candidate.since(0));
    const known = limit.knownOf(observed.step());
    return now.bad <= now.requests * limit.allowedRatio && health.isProven(known.requests, known.bad);
  }

  function stableToo({ stable }: Observed): string {
    const { requests, bad } = limit.sampleOf(stable.slots());
    const isBad = against.ln(requests, bad) >= LN_STABLE_TOO + Math.log(bad.length);
    return isBad ? limit.stableToo(stable.since(against.beginning(requests, bad))) : '';
  }

  return {
    reason,
    requestsToProof(observed) {
      const known = limit.knownOf(observed.step());
      return health.requestsToProof(known.requests, known.bad);
    },
    requestsToBreach(observed) {
      const { requests, bad } = limit.sampleOf(observed.candidate.slots());
      const counts = limit.countsOf(observed.candidate.since(0));
      const badRatio = counts.requests === 0 ? 0 : counts.bad / counts.requests;
      return against.requestsTo(lnThreshold, requests, bad, badRatio);
    },
  };
}
