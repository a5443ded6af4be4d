import { describe, expect, it } from 'vitest';
import { quantileOf, timesToDetect } from '../../src/simulate/detection.ts';
import { countAlarms } from '../../src/simulate/false-alarms.ts';
import type { WatchSettings } from '../../src/simulate/watch.ts';
import { createEvidenceWatch, createPlainWatch } from '../../src/simulate/watch.ts';
import { seededRandom } from '../../src/support/random.ts';

const SETTINGS: WatchSettings = {
  limitRatio: 0.005,
  windowMs: 120_000,
  falseRollbackMs: 30 * 86_400_000,
  minRequests: 20,
};
const PER_SECOND = 5;

describe('the rules at five candidate requests a second', () => {
  it('take out a candidate at half its limit: the plain one many times a day, the evidence one not at all', () => {
    expect(countAlarms(createPlainWatch(SETTINGS), PER_SECOND, SETTINGS.limitRatio / 2, 0.1)).toBeGreaterThan(10);
    expect(countAlarms(createEvidenceWatch(SETTINGS), PER_SECOND, SETTINGS.limitRatio / 2, 2)).toBe(0);
  });

  it.each([
    [1, 1],
    [0.2, 5.5],
    [0.05, 40],
  ])('find a candidate of whose requests the share %d fails, in %d s and a fifth more at most', (badRatio, seconds) => {
    const trouble = { ...SETTINGS, perSecond: PER_SECOND, badRatio };
    const times = timesToDetect(() => createEvidenceWatch(SETTINGS), trouble, 60, seededRandom(4));
    expect(quantileOf(times, 0.5) / 1000).toBeLessThanOrEqual(seconds * 1.2);
  });

  it('do not find what never happens', () => {
    const trouble = { ...SETTINGS, perSecond: PER_SECOND, badRatio: 0.001 };
    expect(timesToDetect(() => createEvidenceWatch(SETTINGS), trouble, 3, seededRandom(5))).toEqual([
      Infinity,
      Infinity,
      Infinity,
    ]);
  });
});

describe('a quantile', () => {
  it('is one of the numbers', () => {
    expect([0.5, 0.95, 1].map((quantile) => quantileOf([3, 1, 2, Infinity], quantile))).toEqual([
      2,
      Infinity,
      Infinity,
    ]);
  });
});
