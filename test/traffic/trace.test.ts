import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/support/random.ts';
import { Slab } from '../../src/traffic/slab.ts';
import { freshTraceparent } from '../../src/traffic/trace.ts';

const FORM = /^00-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-01$/;

describe('a fresh trace context', () => {
  it('is one that W3C calls valid, whatever chance says', () => {
    expect(freshTraceparent(new Slab(65_536), () => 0).toString()).toMatch(FORM);
    expect(freshTraceparent(new Slab(65_536), () => 1 - Number.EPSILON).toString()).toMatch(FORM);
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        expect(freshTraceparent(new Slab(65_536), seededRandom(seed)).toString()).toMatch(FORM);
      }),
    );
  });

  it('is another one each time', () => {
    const [slab, random] = [new Slab(65_536), seededRandom(1)];
    const seen = new Set(Array.from({ length: 5000 }, () => freshTraceparent(slab, random).toString()));
    expect(seen.size).toBe(5000);
  });
});
