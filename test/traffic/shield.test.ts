import { describe, expect, it } from 'vitest';
import { createShield } from '../../src/traffic/shield.ts';
import { Method } from '../../src/traffic/wire/head.ts';

const USUAL = { methods: ['GET', 'HEAD'], bodyLimitBytes: 100, budgetRatio: 0.2, mark: false, idempotencyKey: false };

/** How many of so many failing requests are replayed. */
function replays(requests: number, budgetRatio: number): number {
  const shield = createShield({ ...USUAL, budgetRatio });
  let count = 0;
  for (let request = 0; request < requests; request++) {
    shield.earn();
    if (shield.spend()) count++;
  }
  return count;
}

describe('the shield covers', () => {
  it('the methods it is told, and no other', () => {
    const shield = createShield(USUAL);
    expect(shield.covers(Method.get, false)).toBe(true);
    expect(shield.covers(Method.head, false)).toBe(true);
    for (const method of [Method.post, Method.put, Method.options, Method.delete, Method.other]) {
      expect(shield.covers(method, true)).toBe(false);
    }
  });

  it('never a method that it has no name for, whatever the settings say', () => {
    const shield = createShield({ ...USUAL, methods: ['GET', 'PURGE', 'other'] });
    expect(shield.covers(Method.other, false)).toBe(false);
  });

  it('what bears an Idempotency-Key, when it is told to and is not off', () => {
    expect(createShield({ ...USUAL, idempotencyKey: true }).covers(Method.post, true)).toBe(true);
    expect(createShield({ ...USUAL, idempotencyKey: true }).covers(Method.post, false)).toBe(false);
    expect(createShield({ ...USUAL, idempotencyKey: true, methods: [] }).covers(Method.post, true)).toBe(false);
  });
});

describe('the shield’s budget', () => {
  it('lets the first failures of a candidate be replayed, all of them', () => {
    expect(replays(100, 0.01)).toBe(100);
  });

  it.each([0.1, 0.2, 0.5])('is in the long run a share of %f of the candidate’s requests', (budgetRatio) => {
    expect(Math.abs(replays(10_000, budgetRatio) - (100 + 10_000 * budgetRatio))).toBeLessThanOrEqual(1);
  });

  it('of 100 % never runs out, and of 0 % is what was saved up at the start', () => {
    expect(replays(10_000, 1)).toBe(10_000);
    expect(replays(10_000, 0)).toBe(100);
  });

  it('does not save up more than that, however long nothing fails', () => {
    const shield = createShield({ ...USUAL, budgetRatio: 1 });
    for (let request = 0; request < 10_000; request++) shield.earn();
    let count = 0;
    while (shield.spend()) count++;
    expect(count).toBe(100);
  });
});
