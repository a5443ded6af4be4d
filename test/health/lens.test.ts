import { expect, it } from 'vitest';
import { createLens } from '../../src/health/lens.ts';
import { createTally } from '../../src/health/tally.ts';
import type { Guards } from '../../src/model/guards.ts';
import { CANDIDATE } from '../../src/model/upstream.ts';
import { exchangeAt } from './exchange.ts';

const GUARDS: Guards = {
  windowMs: 10_000,
  errorsRatio: 0.01,
  p95Ms: 100,
  rule: 'plain',
  minRequests: 1,
  falseRollbackMs: 86_400_000,
  worseThanStable: null,
};

it('counts nothing of what was under way when its window was changed, and everything that came after', () => {
  const failures: string[] = [];
  const lens = createLens({
    guards: GUARDS,
    tally: createTally(100),
    failed: (_exchange, outcome) => failures.push(outcome),
  });
  const before = exchangeAt(0);
  lens.dispatched(before, 0);
  lens.refocus({ ...GUARDS, errorsRatio: 0.5 });
  expect(lens.windowOf(CANDIDATE, 0).requests).toBe(1);
  lens.refocus({ ...GUARDS, windowMs: 20_000, p95Ms: 50 });
  const after = exchangeAt(10);
  lens.dispatched(after, 10);
  lens.settled(before, 'reset', 20);
  expect(lens.windowOf(CANDIDATE, 20)).toMatchObject({ requests: 1, errors: 0 });
  lens.settled(after, 'refused', 30);
  expect(lens.windowOf(CANDIDATE, 30)).toMatchObject({ requests: 1, errors: 1 });
  expect(failures).toEqual(['reset', 'refused']);
  expect(lens.inFlight(CANDIDATE)).toBe(0);
});

it('judges by the guards that are in force now', () => {
  const lens = createLens({ guards: GUARDS, tally: createTally(100), failed: () => {} });
  for (let count = 0; count < 10; count++) {
    const exchange = exchangeAt(0, { status: 200 });
    lens.dispatched(exchange, 0);
    lens.settled(exchange, count === 0 ? 'reset' : 'answered', 1);
  }
  expect(lens.judge(2).kind).toBe('unhealthy');
  lens.refocus({ ...GUARDS, errorsRatio: 0.5 });
  expect(lens.judge(2).kind).toBe('healthy');
  expect(lens.evidenceAt(2).guards.errorsRatio).toBe(0.5);
});
