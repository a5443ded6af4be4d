import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createHealthEvidence } from '../../src/health/proof.ts';
import { seededRandom } from '../../src/support/random.ts';

const LIMIT = 0.005;
const evidence = createHealthEvidence(LIMIT);

describe('evidence that the candidate is well', () => {
  it('is none without traffic', () => {
    expect(evidence.ln(0, 0)).toBe(0);
    expect(evidence.isProven(0, 0)).toBe(false);
  });

  it('equals the mean of the likelihood ratios, written out', () => {
    const mean = [0.1, 0.25, 0.5].reduce((sum, q) => sum + q ** 2 * ((1 - q * LIMIT) / (1 - LIMIT)) ** 298, 0) / 4;
    expect(evidence.ln(300, 2)).toBeCloseTo(Math.log(mean), 10);
  });

  it('takes about 3.6 / limit requests without a failure', () => {
    const needed = evidence.requestsToProof(0, 0)!;
    expect(needed * LIMIT).toBeCloseTo(3.55, 1);
    expect([evidence.isProven(needed - 1, 0), evidence.isProven(needed, 0)]).toEqual([false, true]);
    expect(evidence.requestsToProof(needed, 0)).toBe(0);
    expect(evidence.requestsToProof(needed - 10, 0)).toBe(10);
  });

  it('takes more when some fail, and never comes at the limit', () => {
    expect(evidence.requestsToProof(1000, 1)).toBeGreaterThan(evidence.requestsToProof(1000, 0)!);
    expect(evidence.requestsToProof(1000, 5)).toBeNull();
    expect(evidence.requestsToProof(1000, 1000)).toBeNull();
  });

  it('says how many more requests of the same kind it takes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20_000 }), fc.nat({ max: 60 }), (requests, bad) => {
        fc.pre(bad <= requests);
        const more = evidence.requestsToProof(requests, bad);
        if (more === null) {
          expect(evidence.isProven(requests * 1e6, bad * 1e6)).toBe(false);
          return;
        }
        const total = requests + more;
        expect(evidence.isProven(total, (total * bad) / requests)).toBe(true);
        if (more > 0) expect(evidence.isProven(total - 1, ((total - 1) * bad) / requests)).toBe(false);
      }),
    );
  });

  it('never proves that nothing at all fails', () => {
    const none = createHealthEvidence(0);
    expect(none.isProven(1e9, 0)).toBe(false);
    expect(none.requestsToProof(1e9, 0)).toBeNull();
  });

  it('proves at once what allows everything', () => {
    expect(createHealthEvidence(1).isProven(2, 1)).toBe(true);
  });

  it('stays a number at ten million requests', () => {
    expect(evidence.isProven(10_000_000, 0)).toBe(true);
    expect(evidence.isProven(10_000_000, 10_000_000)).toBe(false);
  });

  it('is reached by at most one in twenty candidates at the limit', () => {
    const random = seededRandom(20);
    let proven = 0;
    for (let candidate = 0; candidate < 500; candidate++) {
      let bad = 0;
      let isProven = false;
      for (let requests = 1; requests <= 4000 && !isProven; requests++) {
        if (random() < LIMIT) bad++;
        // Good requests raise the evidence, so every tenth look is enough.
        if (requests % 10 === 0) isProven = evidence.isProven(requests, bad);
      }
      if (isProven) proven++;
    }
    expect(proven).toBeGreaterThan(0);
    expect(proven / 500).toBeLessThanOrEqual(0.05);
  });
});
