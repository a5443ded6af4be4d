import { expect, it } from 'vitest';
import { createLens } from '../../src/health/lens.ts';
import { createTally } from '../../src/health/tally.ts';
import { CANDIDATE } from '../../src/model/upstream.ts';
import { exchangeAt } from './exchange.ts';

it('counts nothing of what was under way when its window was changed, and everything that came after', () => {
  const failures: string[] = [];
  const lens = createLens({
    focus: { windowMs: 10_000, p95LimitMs: 100 },
    tally: createTally(100),
    failed: (_exchange, outcome) => failures.push(outcome),
  });
  const before = exchangeAt(0);
  lens.dispatched(before, 0);
  lens.refocus({ windowMs: 10_000, p95LimitMs: 100 });
  expect(lens.windowOf(CANDIDATE, 0).requests).toBe(1);
  lens.refocus({ windowMs: 20_000, p95LimitMs: 50 });
  const after = exchangeAt(10);
  lens.dispatched(after, 10);
  lens.settled(before, 'reset', 20);
  expect(lens.windowOf(CANDIDATE, 20)).toMatchObject({ requests: 1, errors: 0 });
  lens.settled(after, 'refused', 30);
  expect(lens.windowOf(CANDIDATE, 30)).toMatchObject({ requests: 1, errors: 1 });
  expect(failures).toEqual(['reset', 'refused']);
  expect(lens.inFlight(CANDIDATE)).toBe(0);
});
