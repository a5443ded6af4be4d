import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLatencyScale, percentileOf } from '../../src/health/latency.ts';

const latencies = fc.double({ min: 0.1, max: 600_000, noNaN: true });
const limits = fc.double({ min: 0.01, max: 3_600_000, noNaN: true });

function countsOf(scale: ReturnType<typeof createLatencyScale>, samples: readonly number[]): Uint32Array {
  const counts = new Uint32Array(scale.bins);
  for (const ms of samples) counts[scale.binOf(ms)]!++;
  return counts;
}

describe('the latency scale', () => {
  it('reads a latency back within 2 %, from 0.1 ms to 10 min', () => {
    fc.assert(
      fc.property(latencies, limits, (ms, limitMs) => {
        const scale = createLatencyScale(limitMs);
        expect(Math.abs(scale.valueOf(scale.binOf(ms)) - ms) / ms).toBeLessThanOrEqual(0.02);
      }),
    );
  });

  it('has the limit as a bound, so that a bin is either slow or not', () => {
    fc.assert(
      fc.property(limits, fc.double({ min: 0, max: 1e9, noNaN: true }), (limitMs, ms) => {
        const scale = createLatencyScale(limitMs);
        expect(scale.isSlow(scale.valueOf(scale.binOf(ms)))).toBe(scale.isSlow(ms));
      }),
    );
  });

  it('tells the limit itself from the next number above it', () => {
    fc.assert(
      fc.property(limits, (limitMs) => {
        const scale = createLatencyScale(limitMs);
        const justAboveMs = limitMs * (1 + Number.EPSILON);
        expect(scale.binOf(justAboveMs)).toBe(scale.binOf(limitMs) + 1);
        expect([scale.isSlow(limitMs), scale.isSlow(justAboveMs)]).toEqual([false, true]);
      }),
    );
  });

  it('has room for what lies beyond the range', () => {
    const scale = createLatencyScale(200);
    expect([0, -1, 1e-9].map((ms) => scale.binOf(ms))).toEqual([0, 0, 0]);
    expect([1e9, Infinity].map((ms) => scale.binOf(ms))).toEqual([scale.bins - 1, scale.bins - 1]);
  });

  it('works without a limit, and then nothing is slow', () => {
    const scale = createLatencyScale(null);
    expect(scale.isSlow(1e12)).toBe(false);
    expect(scale.valueOf(scale.binOf(250))).toBeGreaterThan(245);
  });

  it.each([0, -5, Number.NaN, Infinity])('refuses a limit of %s ms', (limitMs) => {
    expect(() => createLatencyScale(limitMs)).toThrow('expected a P95 limit above 0 ms');
  });
});

describe('a percentile', () => {
  it('is null without a count', () => {
    const scale = createLatencyScale(200);
    expect(percentileOf(scale, new Uint32Array(scale.bins), 95)).toBeNull();
  });

  it('is within 2 % of the sample of that rank', () => {
    fc.assert(
      fc.property(fc.array(latencies, { minLength: 1 }), fc.integer({ min: 1, max: 100 }), (samples, percent) => {
        const scale = createLatencyScale(200);
        const exact = samples.toSorted((a, b) => a - b)[Math.ceil((samples.length * percent) / 100) - 1]!;
        const measured = percentileOf(scale, countsOf(scale, samples), percent)!;
        expect(Math.abs(measured - exact) / exact).toBeLessThanOrEqual(0.02);
      }),
    );
  });

  it('of 95 exceeds the limit exactly when more than 5 % are slower', () => {
    fc.assert(
      fc.property(fc.nat({ max: 3000 }), fc.integer({ min: 1, max: 3000 }), (slow, fast) => {
        const scale = createLatencyScale(300);
        const counts = new Uint32Array(scale.bins);
        counts[scale.binOf(10)] = fast;
        counts[scale.binOf(301)] = slow;
        expect(percentileOf(scale, counts, 95)! > 300).toBe(slow * 20 > slow + fast);
      }),
    );
  });
});
