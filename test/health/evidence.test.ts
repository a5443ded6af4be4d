import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLimitEvidence, grow, lnMeanOf, lnThresholdOf } from '../../src/health/evidence.ts';
import { ERRORS, REQUESTS, createWindow } from '../../src/health/window.ts';
import type { Window } from '../../src/health/window.ts';
import { seededRandom } from '../../src/support/random.ts';

const LIMIT = 0.005;
const SLOTS = 240;
const SLOT_MS = 500;
const MONTH_MS = 30 * 86_400_000;
const LN_BROKEN = lnThresholdOf(MONTH_MS, SLOT_MS);

const evidence = createLimitEvidence(LIMIT);

/** A window of slots that end with the ones given; the slots before were empty. */
function padded(last: readonly number[]): number[] {
  return [...Array.from({ length: SLOTS - last.length }, () => 0), ...last];
}

const lnOf = (requests: readonly number[], bad: readonly number[], against = evidence) =>
  against.ln(padded(requests), padded(bad));

describe('the threshold', () => {
  it('is the time to a false alarm, in slots', () => {
    expect(Math.exp(lnThresholdOf(MONTH_MS, 500))).toBeCloseTo(30 * 86_400 * 2);
  });
});

describe('evidence against a limit', () => {
  it('equals the sum over all beginnings, written out', () => {
    const slots = fc.array(fc.tuple(fc.nat({ max: 30 }), fc.nat({ max: 30 })), { minLength: 1, maxLength: 12 });
    const limits = fc.double({ min: 0.001, max: 0.9, noNaN: true });
    fc.assert(
      fc.property(slots, limits, (given, limit) => {
        const requests = given.map(([good, bad]) => good + bad);
        const bad = given.map(([, count]) => count);
        fc.pre(bad.some((count) => count > 0));
        const against = createLimitEvidence(limit);
        const sums = against.alternatives.map((share) => {
          let sum = 0;
          for (let first = 0; first < given.length; first++) {
            let product = 1;
            for (let slot = first; slot < given.length; slot++) {
              const good = requests[slot]! - bad[slot]!;
              product *= (share / limit) ** bad[slot]! * ((1 - share) / (1 - limit)) ** good;
            }
            sum += product;
          }
          return sum;
        });
        const mean = sums.reduce((total, sum) => total + sum, 0) / sums.length;
        fc.pre(mean > 1e-200 && mean < 1e200);
        expect(against.ln(requests, bad)).toBeCloseTo(Math.log(mean), 6);
      }),
    );
  });

  it('weighs shares from a little above the limit to nearly all', () => {
    expect(evidence.alternatives.map((share) => Number(share.toFixed(6)))).toEqual([
      0.0075, 0.01, 0.015, 0.025, 0.05, 0.15, 0.5, 0.95,
    ]);
    expect(createLimitEvidence(0.05).alternatives.map((share) => Number(share.toFixed(6)))).toEqual([
      0.075, 0.1, 0.15, 0.25, 0.5, 0.95,
    ]);
  });

  it('is none without traffic, and none from requests that went well', () => {
    expect(lnOf([], [])).toBe(-Infinity);
    expect(lnOf([1], [0])).toBe(-Infinity);
    expect(lnOf([1000, 1000], [0, 0])).toBe(-Infinity);
  });

  it('is not enough from one failed request', () => {
    expect(lnOf([1], [1])).toBeGreaterThan(0);
    expect(lnOf([1], [1])).toBeLessThan(LN_BROKEN);
  });

  it('is enough when all fail, after a handful', () => {
    const needed = [1, 2, 3, 4, 5, 6].find((count) => lnOf([count], [count]) >= LN_BROKEN);
    expect(needed).toBe(3);
    const afterGoodOnes = [1, 2, 3, 4, 5, 6].find((count) => lnOf([500, 500, count], [0, 0, count]) >= LN_BROKEN);
    expect(afterGoodOnes).toBe(4);
  });

  it('does not wait for the good requests before the trouble to leave the window', () => {
    const requests = Array.from({ length: SLOTS }, () => 50);
    const bad = requests.map((_, slot) => (slot < SLOTS - 3 ? 0 : 10));
    expect(evidence.ln(requests, bad)).toBeGreaterThan(LN_BROKEN);
    expect(evidence.beginning(requests, bad)).toBe(SLOTS - 3);
  });

  it('is far from enough at the limit itself', () => {
    const requests = Array.from({ length: SLOTS }, () => 200);
    const bad = requests.map(() => 1);
    expect(evidence.ln(requests, bad)).toBeLessThan(LN_BROKEN / 2);
  });

  it('grows with every further failure', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 20 }), { minLength: 1, maxLength: 30 }), fc.nat(), (bad, seed) => {
        const requests = bad.map((count) => count + 10);
        const worse = bad.map((count, slot) => (slot === seed % bad.length ? count + 1 : count));
        expect(evidence.ln(requests, worse)).toBeGreaterThan(evidence.ln(requests, bad));
      }),
    );
  });

  it('is complete after one failure where none is allowed', () => {
    const none = createLimitEvidence(0);
    expect(lnOf([1000, 1, 1000], [0, 1, 0], none)).toBe(Infinity);
    expect(lnOf([1000], [0], none)).toBe(-Infinity);
    expect(none.beginning([1000, 1, 1000], [0, 1, 0])).toBe(1);
  });

  it.each([0.5, 0.7, 0.94])('still finds a candidate that fails nearly always against a limit of %d', (limit) => {
    const against = createLimitEvidence(limit);
    expect(against.alternatives).toEqual([0.95]);
    expect(lnOf([5000], [5000], against)).toBeGreaterThan(LN_BROKEN);
    expect(lnOf([5000], [2500], against)).toBeLessThan(0);
  });

  it('weighs what lies half-way to everything where the limit is above the whole grid', () => {
    const against = createLimitEvidence(0.98);
    expect(against.alternatives).toEqual([0.99]);
    expect(lnOf([10_000], [10_000], against)).toBeGreaterThan(LN_BROKEN);
  });

  it('has nothing to say where everything is allowed', () => {
    expect(lnOf([10], [10], createLimitEvidence(1))).toBe(-Infinity);
  });

  it('holds for a window of one slot', () => {
    expect(evidence.ln([3], [3])).toBeCloseTo(
      lnMeanOf(evidence.alternatives.map((_, alternative) => evidence.lnLikelihood(3, 3, alternative))),
    );
  });

  it('neither overflows nor loses the limit at ten million requests a slot', () => {
    const requests = Array.from({ length: SLOTS }, () => 10_000_000);
    const at = (badPerSlot: number) =>
      evidence.ln(
        requests,
        requests.map(() => badPerSlot),
      );
    expect(at(10_000_000)).toBeGreaterThan(1e9);
    expect(Number.isFinite(at(10_000_000))).toBe(true);
    expect(at(1)).toBeLessThan(0);
    expect(Number.isFinite(at(1))).toBe(true);
    expect(at(50_000)).toBeLessThan(LN_BROKEN);
    expect(at(75_000)).toBeGreaterThan(LN_BROKEN);
  });

  it('reads the same from the window, is gone after a silence longer than it, and stands still with the clock', () => {
    const window = createWindow({ windowMs: SLOTS * SLOT_MS, slotMs: SLOT_MS, bins: 1 });
    const lnAt = (nowMs: number) => {
      const { requests, errors } = window.slots(nowMs);
      return evidence.ln(requests, errors);
    };
    fail(window, 130_000, 3);
    expect(lnAt(130_000)).toBeCloseTo(lnOf([3], [3]), 10);
    expect(lnAt(130_000)).toBe(lnAt(130_000));
    expect(lnAt(130_000 + SLOTS * SLOT_MS)).toBe(-Infinity);
  });

  it('raises no alarm in a simulated day of a candidate at its limit, at any rate', () => {
    for (const perSecond of [0.5, 5, 50]) {
      const random = seededRandom(perSecond * 1000);
      const lnSums = evidence.alternatives.map(() => -Infinity);
      let alarms = 0;
      for (let slot = 0; slot < 86_400_000 / SLOT_MS; slot++) {
        const requests = drawn(random, (perSecond * SLOT_MS) / 1000);
        let bad = 0;
        for (let i = 0; i < requests; i++) if (random() < LIMIT) bad++;
        for (let i = 0; i < lnSums.length; i++) lnSums[i] = grow(lnSums[i]!, evidence.lnLikelihood(requests, bad, i));
        // Without a window to forget beginnings the sum is larger, so no alarm here means none there.
        if (lnMeanOf(lnSums) >= LN_BROKEN) alarms++;
      }
      expect(alarms).toBe(0);
    }
  });
});

function fail(window: Window, nowMs: number, count: number): void {
  const slot = window.slotAt(nowMs);
  window.add(slot, REQUESTS, count);
  window.add(slot, ERRORS, count);
}

/** A Poisson number, by Knuth's product of uniforms. */
function drawn(random: () => number, mean: number): number {
  const floor = Math.exp(-mean);
  let count = 0;
  for (let product = random(); product > floor; product *= random()) count++;
  return count;
}
