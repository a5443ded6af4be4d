import { beforeEach, describe, expect, it } from 'vitest';
import type { SplitCheck } from '../../src/health/split-check.ts';
import { createSplitCheck } from '../../src/health/split-check.ts';
import { CANDIDATE, STABLE } from '../../src/model/upstream.ts';
import { seededRandom } from '../../src/support/random.ts';
import { createDraw } from '../../src/traffic/draw.ts';
import { exchangeAt } from './exchange.ts';

let check: SplitCheck;

beforeEach(() => {
  check = createSplitCheck(true);
  check.follow(500);
});

function dispatch(candidate: number, stable: number, forced = false): void {
  for (let i = 0; i < candidate; i++) check.dispatched(exchangeAt(0, { side: CANDIDATE, forced }));
  for (let i = 0; i < stable; i++) check.dispatched(exchangeAt(0, { side: STABLE, forced }));
}

describe('the check of the split', () => {
  it('finds nothing where there was no traffic', () => {
    expect(check.suspicion()).toBeNull();
  });

  it('suspects a share that is far from the intended one, with the numbers', () => {
    dispatch(100, 900);
    expect(check.suspicion()).toContain(
      '100 of 1000 requests (10 %) went to the candidate since the split was set to 5 %',
    );
  });

  it('suspects a candidate that gets nothing', () => {
    dispatch(0, 1000);
    expect(check.suspicion()).toContain('0 of 1000 requests');
  });

  it('takes one request as enough where there should be none', () => {
    check.follow(0);
    dispatch(0, 1000);
    expect(check.suspicion()).toBeNull();
    dispatch(1, 0);
    expect(check.suspicion()).not.toBeNull();
    check.follow(10_000);
    dispatch(1000, 1);
    expect(check.suspicion()).not.toBeNull();
  });

  it('never suspects the draw, nor a fair coin, at any share', () => {
    for (const share of [1, 100, 500, 5000, 9900]) {
      const draw = createDraw(seededRandom(share));
      const random = seededRandom(share + 1);
      const coin = createSplitCheck(true);
      check.follow(share);
      coin.follow(share);
      for (let request = 0; request < 20_000; request++) {
        check.dispatched(exchangeAt(0, { side: draw(share) }));
        coin.dispatched(exchangeAt(0, { side: random() < share / 10_000 ? CANDIDATE : STABLE }));
        if (request % 100 === 0) expect([check.suspicion(), coin.suspicion()]).toEqual([null, null]);
      }
    }
  });

  it('stands by its suspicion until the split changes, and then begins anew', () => {
    dispatch(100, 900);
    const suspicion = check.suspicion();
    dispatch(0, 100_000);
    expect(check.suspicion()).toBe(suspicion);
    expect(check.follow(500)).toBe(false);
    expect(check.suspicion()).toBe(suspicion);
    expect(check.follow(1000)).toBe(true);
    expect(check.suspicion()).toBeNull();
  });

  it('does not count forced requests, nor requests that nobody drew one by one', () => {
    dispatch(1000, 0, true);
    expect(check.suspicion()).toBeNull();
    check = createSplitCheck(false);
    check.follow(500);
    dispatch(1000, 0);
    expect(check.suspicion()).toBeNull();
  });

  it('begins anew when a drawn request was not dispatched', () => {
    dispatch(0, 300);
    check.refused();
    dispatch(10, 190);
    expect(check.suspicion()).toBeNull();
  });
});
