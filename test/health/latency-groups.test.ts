import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { groupsOf, p95Of, readGroups, writtenGroups } from '../../src/health/latency-groups.ts';
import type { LatencyScale } from '../../src/health/latency.ts';
import { createLatencyScale } from '../../src/health/latency.ts';

const samples = fc.array(fc.double({ min: 1, max: 100_000, noNaN: true }), { minLength: 1, maxLength: 60 });
const limits = fc.option(fc.double({ min: 1, max: 10_000, noNaN: true }));

function countsOf(scale: LatencyScale, latencies: readonly number[]): Uint32Array {
  const counts = new Uint32Array(scale.bins);
  for (const ms of latencies) counts[scale.binOf(ms)]!++;
  return counts;
}

describe('latencies in groups', () => {
  it('give the 95th percentile of several windows together, within 9 %', () => {
    fc.assert(
      fc.property(fc.array(samples, { minLength: 1, maxLength: 4 }), limits, (windows, limitMs) => {
        const scale = createLatencyScale(limitMs);
        const rising = windows.flat().toSorted((a, b) => a - b);
        const exact = rising[Math.ceil(rising.length * 0.95) - 1]!;
        const measured = p95Of(
          scale,
          windows.map((window) => groupsOf(scale, countsOf(scale, window))),
        )!;
        expect(Math.abs(measured - exact) / exact).toBeLessThanOrEqual(0.09);
      }),
    );
  });

  it('never say the opposite of whether more than 5 % were slower than the limit', () => {
    fc.assert(
      fc.property(samples, fc.double({ min: 1, max: 10_000, noNaN: true }), (window, limitMs) => {
        const scale = createLatencyScale(limitMs);
        const slow = window.filter((ms) => scale.isSlow(ms)).length;
        expect(p95Of(scale, [groupsOf(scale, countsOf(scale, window))])! > limitMs).toBe(slow > window.length * 0.05);
      }),
    );
  });

  it('come back from their text as they were, and are none where the text is anything else', () => {
    fc.assert(
      fc.property(samples, limits, (window, limitMs) => {
        const scale = createLatencyScale(limitMs);
        const groups = groupsOf(scale, countsOf(scale, window));
        expect(readGroups(writtenGroups(groups))).toEqual(groups);
      }),
    );
    expect(['', 'pod-a', '1:', '1:2,', 'NaN:1', '1:1e9'].flatMap(readGroups)).toEqual([]);
  });

  it('have no percentile without a request', () => {
    expect(p95Of(createLatencyScale(300), [[], []])).toBeNull();
  });
});
