import { describe, expect, it } from 'vitest';
import type { Input } from '../../../src/release/act.ts';
import { noticeOf, refusedNotice } from '../../../src/tell/webhooks/notice.ts';
import {
  acted,
  CANDIDATE_RELEASE,
  DECLARATION,
  DECLARE,
  NOW_MS,
  PLAN,
  SHIFTING,
  UNHEALTHY,
} from '../../release/fixtures.ts';

const by = { actor: 'anna', reason: 'because' };
const other = { version: 'v9', url: 'http://127.0.0.1:3009' };

/** The kinds of notices that inputs lead to, from a blank rollout. */
function kindsAfter(...inputs: Input[]): string[] {
  let before: string | null = null;
  return acted(inputs).events.flatMap((event) => {
    const notice = noticeOf(event, before);
    before = event.candidate?.version ?? null;
    return notice === null ? [] : [notice.event];
  });
}

describe('people are told', () => {
  const verdict: Input = { kind: 'verdict', verdict: UNHEALTHY, traceIds: ['abc'] };
  const start: Input = { kind: 'start', candidate: other, ...by };

  it.each<[string, Input[], string[]]>([
    ['a candidate in the file that gets traffic', [DECLARE], ['started']],
    [
      'a rollback by a guard, once and not for its progress',
      [DECLARE, verdict, { kind: 'progress', progress: 'split-published', reason: '' }],
      ['started', 'rollback'],
    ],
    ['a rollback by a person', [DECLARE, { kind: 'roll-back', ...by }], ['started', 'rollback']],
    ['a judge that failed', [DECLARE, { kind: 'judge-failed', message: 'oh' }], ['started', 'rollback']],
    ['a promotion', [DECLARE, { kind: 'promote', ...by }], ['started', 'promoted']],
    [
      'a switch',
      [DECLARE, { kind: 'register', release: other, ...by }, { kind: 'switch', version: 'v9', ...by }],
      ['started', 'promoted'],
    ],
    ['a candidate that replaces another', [DECLARE, start], ['started', 'started']],
    [
      'one that the file puts in another one’s place',
      [DECLARE, { kind: 'declare', declaration: { ...DECLARATION, candidate: other }, lapsed: false }],
      ['started', 'started'],
    ],
    [
      'the breaker',
      [DECLARE, verdict, start, verdict, start, verdict],
      ['started', 'rollback', 'started', 'rollback', 'started', 'rollback', 'breaker'],
    ],
  ])('of %s', (_what, inputs, kinds) => {
    expect(kindsAfter(...inputs)).toEqual(kinds);
  });

  it.each<[string, Input[]]>([
    ['a weight that the file moves', [{ kind: 'declare', declaration: { ...DECLARATION, share: 900 }, lapsed: false }]],
    ['a weight that a person moves', [{ kind: 'set-weights', weights: { candidate: 40 }, ...by }]],
    ['a pause', [{ kind: 'pause', ...by }]],
  ])('not of %s', (_what, inputs) => {
    expect(kindsAfter(DECLARE, ...inputs)).toEqual(['started']);
  });

  it('of a candidate that waits for its gate only when it gets traffic', () => {
    const gated = PLAN.map((step) => ({ ...step, gate: 'http://127.0.0.1:1/gate' }));
    const waiting: Input = { kind: 'start', candidate: CANDIDATE_RELEASE, plan: gated, ...by };
    const blank: Input = { kind: 'declare', declaration: { ...DECLARATION, candidate: null, share: 0 }, lapsed: false };
    expect(kindsAfter(blank, waiting)).toEqual([]);
    expect(kindsAfter(blank, waiting, { kind: 'begin', reason: 'open' })).toEqual(['started']);
  });
});

describe('a notice', () => {
  it('names versions, weights, reasons and traces, and no address', () => {
    const [event] = acted([{ kind: 'verdict', verdict: UNHEALTHY, traceIds: ['abc'] }], SHIFTING).events;
    const notice = noticeOf(event!, 'v1.3.0');
    expect(notice).toMatchObject({
      event: 'rollback',
      service: 'checkout',
      stable: 'v1.2.3',
      candidate: 'v1.3.0',
      weights: { before: { stable: 95, candidate: 5 }, after: { stable: 100, candidate: 0 } },
      reason: 'candidate failures 7.2 % > 0.5 %',
      traceIds: ['abc'],
    });
    expect(JSON.stringify(notice)).not.toContain('127.0.0.1');
  });

  it('stays small, however long a reason or a list of mistakes is', () => {
    const command: Input = { kind: 'roll-back', actor: 'anna', reason: 'x'.repeat(60_000) };
    const [event] = acted([command], SHIFTING).events;
    expect(JSON.stringify(noticeOf(event!, null)).length).toBeLessThan(4000);
    const mistakes = Array.from({ length: 500 }, (_, index) => `mistake ${index}`);
    const { mistakes: told } = refusedNotice('checkout', SHIFTING, mistakes, NOW_MS);
    expect([told.length, told.at(-1)]).toEqual([21, '… and 480 more']);
  });
});
