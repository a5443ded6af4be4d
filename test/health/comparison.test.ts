import { describe, expect, it } from 'vitest';
import { createComparison } from '../../src/health/comparison.ts';
import type { Sample } from '../../src/health/comparison.ts';
import { lnThresholdOf } from '../../src/health/evidence.ts';

const SLOTS = 240;
const LN_BROKEN = lnThresholdOf(30 * 86_400_000, 500);

const comparison = createComparison(1.5);

/** The same counts in every slot. */
function steady(requests: number, bad: number, slots = SLOTS): Sample {
  return {
    requests: Array.from({ length: slots }, () => requests),
    bad: Array.from({ length: slots }, () => bad),
  };
}

describe('evidence that the candidate is worse than stable', () => {
  it('is none without traffic, and none as long as only stable fails', () => {
    expect(comparison.ln(steady(0, 0), steady(0, 0))).toBe(-Infinity);
    expect(comparison.ln(steady(10, 0), steady(90, 9))).toBe(-Infinity);
  });

  it('is the likelihood of whose failures they were, written out for one slot', () => {
    const [share, allowed] = [0.2, 1.5];
    const likelihoods = [2, 4, 8, 16, 64].map(
      (multiple) => multiple ** 3 * ((1 - share + share * allowed) / (1 - share + share * allowed * multiple)) ** 4,
    );
    const mean = likelihoods.reduce((total, likelihood) => total + likelihood, 0) / likelihoods.length;
    expect(comparison.ln(steady(20, 3, 1), steady(80, 1, 1))).toBeCloseTo(Math.log(mean), 10);
  });

  it('is enough when the candidate fails far more often', () => {
    expect(comparison.ln(steady(5, 1), steady(45, 0))).toBeGreaterThan(LN_BROKEN);
  });

  it('is blind to what hits both alike, however hard', () => {
    expect(comparison.ln(steady(10, 5), steady(90, 45))).toBeLessThan(0);
    expect(comparison.ln(steady(10, 10), steady(90, 90))).toBeLessThan(0);
  });

  it('is not enough at the allowed ratio itself', () => {
    expect(comparison.ln(steady(100, 3), steady(100, 2))).toBeLessThan(LN_BROKEN / 2);
  });

  it('has no power, and does no harm, where the candidate has all the traffic', () => {
    expect(comparison.ln(steady(100, 50), steady(0, 0))).toBeLessThan(Math.log(SLOTS) + 1e-9);
  });

  it('follows a weight that changes', () => {
    const candidate = { requests: [10, 90], bad: [1, 9] };
    const stable = { requests: [90, 10], bad: [9, 1] };
    expect(comparison.ln(candidate, stable)).toBeLessThan(1);
  });

  it('neither overflows nor errs at ten million requests a slot', () => {
    const million = 1_000_000;
    expect(comparison.ln(steady(10 * million, 10 * million), steady(10 * million, 0))).toBeGreaterThan(1e8);
    const atLimit = comparison.ln(steady(10 * million, 15_000), steady(10 * million, 10_000));
    expect(atLimit).toBeLessThan(LN_BROKEN);
    expect(Number.isNaN(atLimit)).toBe(false);
  });

  it('knows since when', () => {
    const candidate = { requests: Array.from({ length: SLOTS }, () => 5), bad: padded([1, 1, 1, 1, 1, 1]) };
    expect(comparison.beginning(candidate, steady(45, 0))).toBe(SLOTS - 6);
  });
});

function padded(last: readonly number[]): number[] {
  return [...Array.from({ length: SLOTS - last.length }, () => 0), ...last];
}
