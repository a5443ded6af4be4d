import { describe, expect, it } from 'vitest';
import type { FleetDocument } from '../../src/fleet/document.ts';
import { createKnowing } from '../../src/fleet/knowing.ts';
import { descends, documentAfter, newsIn, readDocument, refilled, versionOf } from '../../src/fleet/document.ts';
import type { RolloutEvent } from '../../src/model/event.ts';
import { acted, CANDIDATE_RELEASE, DECLARE, UNHEALTHY } from '../release/fixtures.ts';

const setWeight = (candidate: number) =>
  ({ kind: 'set-weights', actor: 'ann', reason: 'try', weights: { candidate } }) as const;
const START = { kind: 'start', actor: 'ann', reason: 'again', candidate: CANDIDATE_RELEASE } as const;
const named = (events: readonly RolloutEvent[]) =>
  events.map((event, at) => ({ ...event, transactionId: `event-${at + 1}` }));
const EVENTS = named(
  acted([DECLARE, setWeight(10), { kind: 'verdict', verdict: UNHEALTHY, traceIds: [] }, START, setWeight(5)]).events,
);
const [declared, raised, rolledBack, again, same] = EVENTS as [
  RolloutEvent,
  RolloutEvent,
  RolloutEvent,
  RolloutEvent,
  RolloutEvent,
];

const NOT_WHOLE = "the fleet's document is not whole";

describe('the document', () => {
  it('names a life by the event that it began with, and a step by the change of the share', () => {
    const first = documentAfter(null, [declared]);
    const one = '1.1.event-1';
    expect(first.lives).toEqual({ stable: one, candidate: one, step: one });
    const second = documentAfter(first, [raised]);
    expect(second.lives).toEqual({ stable: one, candidate: one, step: '1.2.event-2' });
    const fourth = documentAfter(second, [rolledBack, again]);
    expect(fourth.lives).toEqual({ stable: one, candidate: '1.4.event-4', step: '1.4.event-4' });
    expect(documentAfter(fourth, [same]).lives).toEqual(fourth.lives);
  });

  it('names the lives of two candidates apart that began on two forks under one number', () => {
    const before = documentAfter(null, [declared, rolledBack]);
    const [here, there] = ['here', 'there'].map((transactionId) =>
      documentAfter(before, [{ ...again, seq: 3, transactionId }]),
    ) as [FleetDocument, FleetDocument];
    expect(versionOf(here)).toMatchObject({ epoch: versionOf(there).epoch, seq: versionOf(there).seq });
    expect(here.lives.candidate).not.toBe(there.lives.candidate);
  });

  it('is the same whether its events are taken one by one or together, but for what came along', () => {
    let document = documentAfter(null, [declared]);
    for (const event of [raised, rolledBack, again]) document = documentAfter(document, [event]);
    const { along, ...together } = documentAfter(null, [declared, raised, rolledBack, again]);
    expect({ ...document, along: undefined }).toEqual({ ...together, along: undefined });
    expect(along).toEqual([declared, raised, rolledBack]);
  });

  it('tells of a rollback from its beginning for as long as it lasts, but nobody what he knows', () => {
    const before = documentAfter(null, [declared]);
    const fallen = documentAfter(before, [{ ...rolledBack, seq: 2 }]);
    const drained = { ...rolledBack, seq: 3, type: 'rollback-progressed', progress: 'in-flight-drained' } as const;
    const next = documentAfter(fallen, [drained]);
    expect(newsIn(next, before).map(({ seq }) => seq)).toEqual([2, 3]);
    expect(newsIn(next, fallen).map(({ seq }) => seq)).toEqual([3]);
    expect(newsIn(next, null).map(({ seq }) => seq)).toEqual([3]);
    expect(documentAfter(next, [{ ...again, seq: 4 }]).along).toEqual([]);
  });

  it('descends from each of its events, and from none of a fork', () => {
    const document = documentAfter(null, EVENTS);
    for (const event of EVENTS) {
      expect(descends(document, { epoch: 1, seq: event.seq, tag: event.transactionId.slice(0, 8) })).toBe(true);
    }
    expect(descends(document, { epoch: 1, seq: 3, tag: 'another' })).toBe(false);
    expect(descends(document, { epoch: 1, seq: 9, tag: 'event-9' })).toBe(false);
  });

  it('descends from what is longer ago than it remembers, but not from what nobody agreed on', () => {
    let document = documentAfter(null, [declared]);
    for (let seq = 2; seq <= 40; seq++) document = documentAfter(document, [{ ...raised, seq }]);
    expect(document.trail).toHaveLength(32);
    expect(descends(document, { epoch: 1, seq: 1, tag: 'event-1' })).toBe(true);
    expect(descends(document, { epoch: 0, seq: 1, tag: 'event-1' })).toBe(false);
  });

  it('keeps its lives and its trail when it refills a store, and says what it was made from', () => {
    const document = documentAfter(null, EVENTS);
    const next = refilled(document, 4);
    expect(next).toMatchObject({ epoch: 4, base: versionOf(document), lives: document.lives, event: document.event });
    expect(descends(next, versionOf(document))).toBe(true);
    expect(documentAfter(next, [{ ...same, seq: 6 }])).toMatchObject({ epoch: 4, base: null });
  });

  it('is read back from its text, and not guessed at where it is of a later format or not whole', () => {
    const document = documentAfter(null, EVENTS);
    const fine = () => null;
    expect(readDocument(JSON.stringify(document), fine)).toEqual({ document });
    expect(readDocument(JSON.stringify({ ...document, format: 2 }), fine)).toMatchObject({
      mistake: expect.stringContaining('later version'),
    });
    for (const broken of ['', 'null', '{}', JSON.stringify({ ...document, lives: null })]) {
      expect(readDocument(broken, fine)).toHaveProperty('mistake');
    }
    for (const beyond of [
      { epoch: 2 ** 53 - 1 },
      { epoch: -1 },
      { along: Array.from({ length: 65 }, () => declared) },
    ]) {
      expect(readDocument(JSON.stringify({ ...document, ...beyond }), fine)).toEqual({ mistake: NOT_WHOLE });
    }
    const last = { ...document.event, seq: 2 ** 53 - 1 };
    const far = { ...document, event: last, trail: [[last.seq, versionOf(document).tag]] };
    expect(readDocument(JSON.stringify(far), fine)).toEqual({ mistake: NOT_WHOLE });
    expect(readDocument(JSON.stringify({ ...document, reason: 'x'.repeat(5_000_000) }), fine)).toEqual({
      mistake: "the fleet's document is too large to be one",
    });
    expect(readDocument(JSON.stringify(document), () => 'no seq')).toMatchObject({
      mistake: expect.stringContaining('no seq'),
    });
  });

  it('is followed or refused, whatever stands in its place, and never throws', () => {
    const document = documentAfter(null, EVENTS) as unknown as Record<string, unknown>;
    const values = [undefined, null, true, 5, -1, 'x', [], {}, [null], [[1]], [{}], { epoch: 1, seq: 'x' }];
    for (const key of Object.keys(document)) {
      for (const value of values) {
        const mistakeOf = (event: unknown) => (isEvent(event) ? null : 'no event');
        const knowing = createKnowing(EVENTS.slice(0, 2), mistakeOf);
        knowing.found(JSON.stringify({ ...document, [key]: value, unheardOf: value }));
        if (knowing.mistake() !== null) expect([key, value, knowing.version().seq]).toEqual([key, value, 2]);
      }
    }
  });
});

const isEvent = (event: unknown): boolean => typeof (event as RolloutEvent | null)?.transactionId === 'string';
