import { describe, expect, it } from 'vitest';
import { createRollbackCount, ROLLBACK_REASONS } from '../../src/tell/rollbacks.ts';
import { eventOf, reason, SINCE_MS } from '../admin/fixtures.ts';

/** Every guard, and what else takes a candidate out. */
const NONE = Object.fromEntries(ROLLBACK_REASONS.map((reason) => [reason, 0]));

describe('the count of rollbacks', () => {
  it('starts with none', () => {
    expect(createRollbackCount().read()).toEqual({
      byReason: NONE,
      lastAtMs: null,
    });
  });

  it('counts each once, by its first reason, and remembers when the last one was', () => {
    const count = createRollbackCount();
    count.note(
      eventOf(1, { type: 'rolled-back', actor: 'guard', reasons: [reason, { ...reason, measure: 'p95' }] }),
      true,
    );
    count.note(eventOf(2, { type: 'rolled-back', actor: 'operator' }), true);
    count.note(eventOf(3, { type: 'judge-failed', actor: 'weir' }), true);
    expect(count.read()).toEqual({
      byReason: { ...NONE, errors: 1, command: 1, 'judge-failed': 1 },
      lastAtMs: SINCE_MS + 3000,
    });
  });

  it("leaves another member's to that member, and knows when it was", () => {
    const count = createRollbackCount();
    count.note(eventOf(1, { type: 'rolled-back', actor: 'guard', reasons: [reason] }), true);
    count.note(eventOf(2, { type: 'rolled-back', actor: 'guard', reasons: [reason] }), false);
    expect(count.read()).toEqual({ byReason: { ...NONE, errors: 1 }, lastAtMs: SINCE_MS + 2000 });
  });

  it('does not count what is none, even while the phase is rolled back', () => {
    const count = createRollbackCount();
    count.note(eventOf(1, { type: 'declared', phase: 'rolled-back', reasons: [reason] }), true);
    count.note(eventOf(2, { type: 'weights-set' }), true);
    expect(count.read().lastAtMs).toBeNull();
  });
});
