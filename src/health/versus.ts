import type { Guards } from '../model/guards.ts';
import type { Reason } from '../model/verdict.ts';
import type { Sample } from './comparison.ts';
import { createComparison, failuresOf, slownessOf } from './comparison.ts';
import { lnThresholdOf } from './evidence.ts';
import type { Observed } from './observed.ts';
import { phraseEvidence, phraseMs, phraseRatio, phraseRequests } from './phrase.ts';
import { overThreshold } from './weigh.ts';

/** The guard beside stable: broken when the candidate is proven worse than so many times stable, else undecided. */
export type Versus = (observed: Observed) => Reason;

const KINDS = [
  { measure: 'worse-errors', name: 'failures', sampleOf: failuresOf },
  { measure: 'worse-p95', name: 'slow requests', sampleOf: slownessOf },
] as const;

/** One guard for failures, and one for slowness where there is a limit that says what is slow. */
export function versusOf({ worseThanStable, falseRollbackMs, p95Ms }: Guards, slotMs: number): Versus[] {
  if (worseThanStable === null) return [];
  const kinds = p95Ms === null ? KINDS.slice(0, 1) : KINDS;
  const lnThreshold = lnThresholdOf(falseRollbackMs, slotMs);
  return kinds.map((kind) => createVersus(kind, worseThanStable, lnThreshold));
}

function createVersus(
  { measure, name, sampleOf }: (typeof KINDS)[number],
  multiple: number,
  lnThreshold: number,
): Versus {
  const comparison = createComparison(multiple);
  return ({ candidate, stable }) => {
    const [ours, theirs] = [sampleOf(candidate.slots()), sampleOf(stable.slots())];
    const ln = comparison.ln(ours, theirs);
    const isBroken = ln >= lnThreshold;
    const from = isBroken ? comparison.beginning(ours, theirs) : 0;
    const [mine, others] = [sumsOf(ours, from), sumsOf(theirs, from)];
    const [measured, beside] = [ratioOf(mine), ratioOf(others)];
    const relation = isBroken ? '>' : 'unknown';
    const sign = isBroken ? '>' : 'beside';
    const comparedWith = `${phraseRatio(measured ?? 0)} ${sign} ${multiple} × stable's ${phraseRatio(beside ?? 0)}`;
    const restsOn = `${mine.bad} of ${mine.requests} against ${others.bad} of ${phraseRequests(others.requests)}`;
    const span = phraseMs(Math.round(candidate.since(from).spanMs), 2);
    return {
      measure,
      measured,
      relation,
      limit: multiple * (beside ?? 0),
      samples: mine.requests,
      text: `candidate ${name} ${comparedWith} (${restsOn} in ${span}; evidence ${phraseEvidence(ln)})`,
      lnEvidence: overThreshold(ln, lnThreshold),
    };
  };
}

function sumsOf({ requests, bad }: Sample, from: number): { requests: number; bad: number } {
  const sum = { requests: 0, bad: 0 };
  for (let slot = from; slot < requests.length; slot++) {
    sum.requests += requests[slot]!;
    sum.bad += bad[slot]!;
  }
  return sum;
}

const ratioOf = ({ requests, bad }: { requests: number; bad: number }) => (requests === 0 ? null : bad / requests);
