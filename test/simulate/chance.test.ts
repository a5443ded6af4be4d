import { describe, expect, it } from 'vitest';
import { createArrivals, createPoisson } from '../../src/simulate/chance.ts';
import { seededRandom } from '../../src/support/random.ts';

const DRAWS = 20_000;

describe('requests that come at random', () => {
  it.each([0.05, 3, 150, 250, 10_000])('have the mean and the variance %d', (mean) => {
    const draw = createPoisson(seededRandom(1), mean);
    const counts = Array.from({ length: DRAWS }, draw);
    const average = counts.reduce((sum, count) => sum + count, 0) / DRAWS;
    const variance = counts.reduce((sum, count) => sum + (count - average) ** 2, 0) / DRAWS;
    expect(Math.abs(average - mean)).toBeLessThan(4 * Math.sqrt(mean / DRAWS));
    expect(variance / mean).toBeGreaterThan(0.95);
    expect(variance / mean).toBeLessThan(1.05);
  });

  it('are bad with the probability asked for', () => {
    const arrivals = createArrivals(seededRandom(2), 50, 0.1, 100);
    const sums = { requests: 0, bad: 0 };
    for (let beat = 0; beat < DRAWS; beat++) {
      arrivals.next();
      sums.requests += arrivals.requests;
      sums.bad += arrivals.bad;
    }
    expect(sums.requests / DRAWS).toBeCloseTo(5, 1);
    expect(sums.bad / sums.requests).toBeCloseTo(0.1, 2);
  });
});
