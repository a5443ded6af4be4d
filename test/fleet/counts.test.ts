import { describe, expect, it } from 'vitest';
import type { OwnWindow } from '../../src/fleet/outbox.ts';
import { createOutbox, NO_STEP } from '../../src/fleet/outbox.ts';
import { createSlotClock } from '../../src/fleet/slots.ts';
import { areWorse, createSumsRing, pooledOf } from '../../src/fleet/sums.ts';

const LENGTH = 4;
const TO = { lives: { stable: '1.1', candidate: '1.1', step: '1.1' }, share: 500, shift: 1000 };
const row = (...counts: readonly number[]) => [...Array<number>(LENGTH - counts.length).fill(0), ...counts];

/** A candidate's window whose last slots hold so many requests, none bad but the last slot's errors. */
const ownOf = (newest: number, requests: readonly number[], errors = 0): OwnWindow => {
  const zero = row();
  const candidate = { requests: row(...requests), errors: row(errors), timed: zero, slow: zero };
  const none = { requests: zero, errors: zero, timed: zero, slow: zero };
  return { newest, stable: none, candidate, step: NO_STEP, isRetracted: false };
};
const sent = (batch: ReturnType<ReturnType<typeof createOutbox>['compose']>) =>
  batch?.candidate.map(({ slot, requests, errors }) => [slot, requests, errors]);

describe('the outbox', () => {
  it('sends what is new since the last acknowledged batch, by the slots of the store', () => {
    const outbox = createOutbox(LENGTH);
    expect(sent(outbox.compose(ownOf(10, [2, 3]), TO))).toEqual([
      [1009, 2, 0],
      [1010, 3, 0],
    ]);
    outbox.acknowledge(1, 'g');
    expect(outbox.compose(ownOf(10, [2, 3]), TO)).toBeNull();
    expect(sent(outbox.compose(ownOf(11, [2, 3, 1], 1), TO))).toEqual([[1011, 1, 1]]);
  });

  it('sends a batch unchanged until it is acknowledged, whatever is counted meanwhile', () => {
    const outbox = createOutbox(LENGTH);
    const first = outbox.compose(ownOf(10, [3]), TO);
    expect(outbox.compose(ownOf(10, [7]), TO)).toBe(first);
    outbox.acknowledge(1, 'g');
    expect(outbox.compose(ownOf(10, [7]), TO)).toMatchObject({
      sequence: 2,
      generation: 'g',
      candidate: [{ requests: 4 }],
    });
  });

  it('takes back what turned out to be no request', () => {
    const outbox = createOutbox(LENGTH);
    outbox.compose(ownOf(10, [3]), TO);
    outbox.acknowledge(1, 'g');
    expect(sent(outbox.compose(ownOf(10, [2]), TO))).toEqual([[1010, -1, 0]]);
  });

  it('tells what became of a request in the slot of that request, though the clock of the store is seen otherwise by then', () => {
    const outbox = createOutbox(LENGTH);
    outbox.compose(ownOf(10, [3]), TO);
    outbox.acknowledge(1, 'g');
    const later = { ...TO, shift: 1002 };
    expect(sent(outbox.compose(ownOf(10, [3], 2), later))).toEqual([[1010, 0, 2]]);
    outbox.acknowledge(2, 'g');
    expect(sent(outbox.compose(ownOf(11, [2, 1]), later))).toEqual([
      [1010, -1, -2],
      [1013, 1, 0],
    ]);
    outbox.acknowledge(3, 'h');
    expect(sent(outbox.compose(ownOf(11, [2, 1]), later))).toEqual([
      [1012, 2, 0],
      [1013, 1, 0],
    ]);
  });

  it('begins anew when the store has fewer batches than it had acknowledged', () => {
    const outbox = createOutbox(LENGTH);
    outbox.compose(ownOf(10, [3]), TO);
    outbox.acknowledge(1, 'g');
    outbox.acknowledge(0, 'g');
    expect(outbox.compose(ownOf(10, [3]), TO)).toMatchObject({ sequence: 2, candidate: [{ requests: 3 }] });
  });

  it('sends the whole window again under another generation', () => {
    const outbox = createOutbox(LENGTH);
    outbox.compose(ownOf(10, [3]), TO);
    outbox.acknowledge(1, 'g');
    outbox.compose(ownOf(11, [3, 1]), TO);
    outbox.acknowledge(2, 'h');
    expect(outbox.compose(ownOf(11, [3, 1]), TO)).toMatchObject({ sequence: 3, generation: 'h', candidate: [{}, {}] });
  });

  it('takes nothing back of a life that has ended', () => {
    const outbox = createOutbox(LENGTH);
    outbox.compose(ownOf(10, [3]), TO);
    outbox.restart('candidate');
    outbox.acknowledge(1, 'g');
    expect(outbox.compose(ownOf(10, []), TO)).toBeNull();
    expect(sent(outbox.compose(ownOf(10, [1]), TO))).toEqual([[1010, 1, 0]]);
  });

  it('takes everything of the candidate back when its counts are no longer to be part of the sums', () => {
    const outbox = createOutbox(LENGTH);
    outbox.compose(ownOf(10, [3], 2), TO);
    outbox.acknowledge(1, 'g');
    const withdrawn = { ...ownOf(10, [5], 4), isRetracted: true };
    expect(sent(outbox.compose(withdrawn, TO))).toEqual([[1010, -3, -2]]);
    outbox.acknowledge(2, 'g');
    expect(outbox.compose(withdrawn, TO)).toBeNull();
  });

  it('counts for the step only while the share of the document is in force here', () => {
    const outbox = createOutbox(LENGTH);
    const step = { ended: 5, errors: 1, headed: 5, slow: 0 };
    expect(outbox.compose({ ...ownOf(10, []), step }, TO)).toBeNull();
    outbox.beginStep(500);
    expect(outbox.compose({ ...ownOf(10, []), step }, TO)).toMatchObject({ step });
    outbox.acknowledge(1, 'g');
    const next = { ...TO, lives: { ...TO.lives, step: '1.2' } };
    outbox.beginStep(500);
    expect(outbox.compose({ ...ownOf(10, []), step: { ...step, ended: 6 } }, next)).toMatchObject({
      step: { ended: 6 },
    });
  });
});

describe("the store's clock", () => {
  it('numbers slots whatever our own clock says, and does not tremble', () => {
    const clock = createSlotClock(500);
    expect(clock.shift()).toBeNull();
    clock.follow(1_000_000, 90, 110);
    expect(clock.shift()).toBe(2000);
    clock.follow(1_000_500, 90, 110);
    expect(clock.shift()).toBe(2000);
    clock.follow(1_002_000, 90, 110);
    expect(clock.shift()).toBe(2004);
  });

  it('is not told by an answer that was read only after a long while', () => {
    const clock = createSlotClock(500);
    clock.follow(1_000_000, 90, 110);
    clock.follow(1_000_500, 600, 60_600);
    expect(clock.shift()).toBe(2000);
  });
});

describe('the sums', () => {
  const delta = (slot: number, requests: number, errors: number) => ({
    slot,
    requests,
    errors,
    timed: requests,
    slow: 0,
  });

  it('are a ring in which a newer slot takes the place of an older one', () => {
    const ring = createSumsRing(LENGTH);
    ring.take({ change: 5, slots: [delta(9, 1, 0), delta(10, 4, 1)] });
    ring.take({ change: 6, slots: [delta(10, 6, 2), delta(13, 1, 0), delta(5, 9, 9)] });
    expect(ring.seen()).toBe(6);
    expect(ring.window(13)).toMatchObject({ requests: [6, 0, 0, 1], errors: [2, 0, 0, 0] });
    expect(ring.window(12).requests).toEqual([0, 6, 0, 0]);
  });

  it('say what of them is news, and whether that alone is worse than the limits', () => {
    const ring = createSumsRing(LENGTH);
    ring.take({ change: 5, slots: [delta(10, 4, 1)] });
    const news = ring.take({ change: 6, slots: [delta(10, 6, 1), delta(11, 98, 1)] });
    expect(news).toEqual({ requests: 100, errors: 1, slow: 0 });
    expect([areWorse(news, 0.01), areWorse(news, 0.009), areWorse(news, null)]).toEqual([false, true, false]);
    expect([areWorse({ ...news, slow: 5 }, null), areWorse({ ...news, slow: 6 }, null)]).toEqual([false, true]);
  });

  it('never show fewer than none, or more bad ones than there are', () => {
    const ring = createSumsRing(1);
    ring.take({ change: 1, slots: [{ slot: 3, requests: -1, errors: 4, timed: 2, slow: 3 }] });
    expect(ring.window(3)).toEqual({ requests: [0], errors: [0], timed: [2], slow: [2] });
  });

  it('are judged like a window of one sidecar, with a percentile that never contradicts the slow ones', () => {
    const window = { requests: [0, 100], errors: [0, 3], timed: [0, 100], slow: [0, 6] };
    const of = (p95Ms: number) =>
      pooledOf({
        stable: window,
        candidate: window,
        slotMs: 500,
        step: NO_STEP,
        p95Ms: { stable: null, candidate: p95Ms },
        p95LimitMs: 300,
      }).candidate.since(0);
    expect(of(400)).toEqual({ requests: 100, errors: 3, timed: 100, slow: 6, spanMs: 500, p95Ms: 400 });
    expect(of(200).p95Ms).toBeNull();
  });
});
