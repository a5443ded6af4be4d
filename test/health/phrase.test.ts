import { describe, expect, it } from 'vitest';
import { phraseEvidence, phraseMs, phraseRatio, phraseRelation, phraseRequests } from '../../src/health/phrase.ts';

describe('a number in a verdict', () => {
  it.each([
    [0, '0 %'],
    [0.005, '0.5 %'],
    [0.072, '7.2 %'],
    [1 / 3, '33.3 %'],
    [0.07, '7 %'],
    [1, '100 %'],
  ])('as a ratio: %d is %s', (ratio, text) => {
    expect(phraseRatio(ratio)).toBe(text);
  });

  it.each([
    [0.4, '0.4 ms'],
    [452.2, '452 ms'],
    [1234, '1.23 s'],
    [41_000, '41 s'],
    [150_000, '2.5 min'],
    [9_000_000, '2.5 h'],
  ])('as a time: %d ms is %s', (ms, text) => {
    expect(phraseMs(ms)).toBe(text);
  });

  it('as a relation shows the digits that tell the two apart', () => {
    expect(phraseRelation(0.00501, 0.005, phraseRatio)).toBe('0.501 % > 0.5 %');
    expect(phraseRelation(0.0049999, 0.005, phraseRatio)).toBe('0.49999 % <= 0.5 %');
    expect(phraseRelation(0.005, 0.005, phraseRatio)).toBe('0.5 % <= 0.5 %');
  });

  it.each([
    [-Infinity, 'none'],
    [-1, 'none'],
    [Math.log(1.5), '1.5 : 1'],
    [Math.log(120), '120 : 1'],
    [Math.log(3e9), '10^9 : 1'],
    [1e6, '10^434294 : 1'],
    [Infinity, 'complete'],
  ])('as evidence: e^%d is %s', (ln, text) => {
    expect(phraseEvidence(ln)).toBe(text);
  });

  it('as a count knows the singular', () => {
    expect([0, 1, 2].map(phraseRequests)).toEqual(['0 requests', '1 request', '2 requests']);
  });
});
