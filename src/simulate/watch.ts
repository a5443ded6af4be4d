import { createLimitEvidence, lnThresholdOf } from '../health/evidence.ts';
import type { LimitEvidence } from '../health/evidence.ts';
import { limitsOf } from '../health/limit.ts';
import { plainReason } from '../health/plain.ts';
import { ERRORS, REQUESTS, createWindow, slotMsOf } from '../health/window.ts';

/** A rule at work: is told every beat what came, and answers whether it would roll back now. */
export interface Watch {
  beat(nowMs: number, requests: number, bad: number): boolean;
  /** After a rollback: the window is empty again. */
  restart(): void;
}

export interface WatchSettings {
  /** Allowed share of bad requests, 0..1. */
  readonly limitRatio: number;
  readonly windowMs: number;
  /** Of the evidence rule. */
  readonly falseRollbackMs: number;
  /** Of the plain rule. */
  readonly minRequests: number;
}

/** How often a rule looks. */
export const BEAT_MS = 100;

/**
 * The evidence rule through the shipped window and the shipped evidence.
 *
 * A month at ten beats a second is 26 million looks at 240 slots. To afford many of them, the same recursion also runs
 * without a window and without logarithms, one step a slot. It forgets no beginning, so it is never below the window's
 * evidence, and the window is only read when this upper bound comes near the threshold. Every thousandth time it is read
 * anyway, to check the bound.
 */
export function createEvidenceWatch({ limitRatio, windowMs, falseRollbackMs }: WatchSettings): Watch {
  const slotMs = slotMsOf(windowMs);
  const window = createWindow({ windowMs, slotMs, bins: 1 });
  const evidence = createLimitEvidence(limitRatio);
  const lnThreshold = lnThresholdOf(falseRollbackMs, slotMs);
  const alternatives = evidence.alternatives.map((_, i) => ({ sum: 0, powers: createPowers(evidence, i) }));
  const present = { slot: 0, requests: 0, bad: 0 };
  let looks = 0;

  const likelihoodOf = (i: number) => Math.exp(evidence.lnLikelihood(present.requests, present.bad, i));

  function closeSlots(slot: number): void {
    for (; present.slot < slot; present.slot++) {
      for (let i = 0; i < alternatives.length; i++) {
        const alternative = alternatives[i]!;
        const likelihood = present.bad === 0 ? alternative.powers(present.requests) : likelihoodOf(i);
        alternative.sum = (alternative.sum + 1) * likelihood;
      }
      present.requests = 0;
      present.bad = 0;
    }
  }

  function bound(): number {
    let sum = 0;
    for (let i = 0; i < alternatives.length; i++) sum += (alternatives[i]!.sum + 1) * likelihoodOf(i);
    return Math.log(sum / alternatives.length);
  }

  function lnEvidence(nowMs: number): number {
    const { requests, errors } = window.slots(nowMs);
    return evidence.ln(requests, errors);
  }

  return {
    beat(nowMs, requests, bad) {
      const slot = window.slotAt(nowMs);
      closeSlots(slot);
      if (requests === 0) return false;
      window.add(slot, REQUESTS, requests);
      present.requests += requests;
      // Only a bad request raises the evidence.
      if (bad === 0) return false;
      window.add(slot, ERRORS, bad);
      present.bad += bad;
      const lnBound = bound();
      if (++looks % 1000 === 0 && lnEvidence(nowMs) > lnBound + 1e-6) throw new Error('the bound does not hold');
      return lnBound + 1e-6 >= lnThreshold && lnEvidence(nowMs) >= lnThreshold;
    },
    restart() {
      window.clear();
      for (const alternative of alternatives) alternative.sum = 0;
      present.requests = 0;
      present.bad = 0;
    },
  };
}

/** The likelihood ratio of so many requests without a bad one, looked up. */
function createPowers(evidence: LimitEvidence, alternative: number): (requests: number) => number {
  const known: number[] = [];
  return (requests) => (known[requests] ??= Math.exp(evidence.lnLikelihood(requests, 0, alternative)));
}

/** The plain rule through the shipped window. */
export function createPlainWatch({ limitRatio, windowMs, falseRollbackMs, minRequests }: WatchSettings): Watch {
  const window = createWindow({ windowMs, slotMs: slotMsOf(windowMs), bins: 1 });
  const guards = { windowMs, falseRollbackMs, minRequests, rule: 'plain', worseThanStable: null } as const;
  const settings = { ...guards, errorsRatio: limitRatio, p95Ms: null };
  const [limit] = limitsOf(settings);
  let lookedAt = -1;

  return {
    beat(nowMs, requests, bad) {
      const slot = window.slotAt(nowMs);
      // Nothing came and nothing left: the last look's answer stands, and it was no.
      if (requests === 0 && slot === lookedAt) return false;
      lookedAt = slot;
      window.add(slot, REQUESTS, requests);
      window.add(slot, ERRORS, bad);
      const counts = { ...window.totals(nowMs), p95Ms: null };
      if (counts.errors === 0 || limit === undefined) return false;
      return plainReason(limit, settings, counts, counts).relation === '>';
    },
    restart: () => window.clear(),
  };
}
