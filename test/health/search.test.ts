import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { firstWhere } from '../../src/health/search.ts';

it('finds the first number that is enough, from where it starts', () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat(), (first, from) => {
      expect(firstWhere((count) => count >= first, from)).toBe(Math.max(first, from));
    }),
  );
});

it('gives up where no number is enough', () => {
  expect(firstWhere(() => false, 0)).toBeNull();
});
