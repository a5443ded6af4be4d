import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CANDIDATE } from '../../src/model/upstream.ts';
import { seededRandom } from '../../src/support/random.ts';
import { createDraw } from '../../src/traffic/draw.ts';

const drawn = (share: number, requests: number, seed: number): boolean[] => {
  const draw = createDraw(seededRandom(seed));
  return Array.from({ length: requests }, () => draw(share) === CANDIDATE);
};
const count = (draws: boolean[]): number => draws.filter(Boolean).length;

describe('the stratified draw', () => {
  it('is exact to one request at every share and after every number of requests', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000 }), fc.nat(2000), fc.nat(), (share, requests, seed) => {
        const expected = (requests * share) / 10_000;
        expect(Math.abs(count(drawn(share, requests, seed)) - expected)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('sends nothing to the candidate at 0 % and everything at 100 %', () => {
    expect(count(drawn(0, 500, 1))).toBe(0);
    expect(count(drawn(10_000, 500, 1))).toBe(500);
  });

  it('gives every unit of twenty requests exactly one candidate request at 5 %', () => {
    const draws = drawn(500, 2000, 7);
    for (let at = 0; at < 2000; at += 20) expect(count(draws.slice(at, at + 20))).toBe(1);
  });

  it('puts that request anywhere in its unit, so that no client can be in step with it', () => {
    const places = new Set<number>();
    const draws = drawn(500, 20_000, 11);
    for (let at = 0; at < draws.length; at++) if (draws[at]) places.add(at % 20);
    expect(places.size).toBe(20);
  });

  it.each([3000, 7000, 4999, 3333])('gives each request of a unit the same chance at a share of %i', (share) => {
    const hits = Array.from({ length: 10 }, () => 0);
    for (let seed = 0; seed < 4000; seed++) drawn(share, 10, seed).forEach((hit, at) => (hits[at]! += hit ? 1 : 0));
    for (const hit of hits) expect(Math.abs(hit / 4000 - share / 10_000)).toBeLessThan(0.06);
  });

  it('begins a new unit when the share changes, without a burst', () => {
    const draw = createDraw(seededRandom(3));
    for (let at = 0; at < 99; at++) draw(100);
    const after = Array.from({ length: 100 }, () => draw(5000) === CANDIDATE);
    expect(count(after)).toBe(50);
  });
});
