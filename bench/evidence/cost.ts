import { createComparison } from '../../src/health/comparison.ts';
import { createLimitEvidence } from '../../src/health/evidence.ts';
import { createHealthEvidence } from '../../src/health/proof.ts';
import { seededRandom } from '../../src/support/random.ts';
import { createArrivals } from './chance.ts';
import type { Row } from './table.ts';

const SLOTS = 240;
const SLOT_MS = 500;
const ROUNDS = 2000;

/** What one look at 240 full slots costs, for each kind of evidence. */
export function costs(): Row[] {
  const candidate = sampleOf(50, 0.01);
  const stable = sampleOf(500, 0.01);
  const errors = createLimitEvidence(0.005);
  const slowness = createLimitEvidence(0.05);
  const comparison = createComparison(1.5);
  const health = createHealthEvidence(0.005);
  const looks: [string, () => number][] = [
    ['failures against their limit', () => errors.ln(candidate.requests, candidate.bad)],
    ['slowness against its limit', () => slowness.ln(candidate.requests, candidate.bad)],
    ['failures against stable', () => comparison.ln(candidate, stable)],
    ['proof of health', () => health.ln(12_000, 12)],
  ];
  return looks.map(([name, look]) => [name, `${microsecondsOf(look).toFixed(1)} µs`]);
}

function microsecondsOf(look: () => number): number {
  for (let round = 0; round < ROUNDS / 10; round++) look();
  const startMs = performance.now();
  for (let round = 0; round < ROUNDS; round++) look();
  return ((performance.now() - startMs) / ROUNDS) * 1000;
}

function sampleOf(perSecond: number, badRatio: number) {
  const arrivals = createArrivals(seededRandom(perSecond), perSecond, badRatio, SLOT_MS);
  const requests = new Uint32Array(SLOTS);
  const bad = new Uint32Array(SLOTS);
  for (let slot = 0; slot < SLOTS; slot++) {
    arrivals.next();
    requests[slot] = arrivals.requests;
    bad[slot] = arrivals.bad;
  }
  return { requests, bad };
}
