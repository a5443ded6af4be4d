import type { Guards } from '../model/guards.ts';
import type { Reason } from '../model/verdict.ts';
import type { Limit } from './limit.ts';
import type { Counts } from './observe.ts';
import { phraseRequests } from './phrase.ts';

/**
 * The plain rule: a guard is broken when the measured value exceeds its limit and rests on enough requests. It is what
 * most tools do and easy to follow by hand. What it gets wrong: whoever looks often enough sees any share exceed any
 * limit by chance, so at low traffic it takes out candidates that are well, many times a day (`weir explain` counts).
 */
export function plainReason(limit: Limit, { minRequests }: Guards, candidate: Counts, stable: Counts): Reason {
  const { requests } = limit.countsOf(candidate);
  if (requests === 0 || requests < minRequests) return tooFew(limit, candidate, Math.max(1, minRequests));
  const isBroken = isAbove(limit, candidate);
  const stableToo = isBroken && limit.countsOf(stable).requests >= minRequests && isAbove(limit, stable);
  return {
    measure: limit.measure,
    measured: limit.measuredOf(candidate),
    relation: isBroken ? '>' : '<=',
    limit: limit.value,
    samples: requests,
    text: `candidate ${limit.relationOf(candidate)} (${limit.restsOn(candidate)})${stableToo ? limit.stableToo(stable) : ''}`,
  };
}

function isAbove({ countsOf, allowedRatio }: Limit, counts: Counts): boolean {
  const { requests, bad } = countsOf(counts);
  return bad / requests > allowedRatio;
}

function tooFew(limit: Limit, candidate: Counts, needed: number): Reason {
  const samples = limit.countsOf(candidate).requests;
  const text = `candidate ${limit.name}: ${samples} of ${phraseRequests(needed)} needed`;
  const measured = limit.measuredOf(candidate);
  return { measure: limit.measure, measured, relation: 'unknown', limit: limit.value, samples, text };
}
