import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ERRORS, REQUESTS, SLOW, TIMED, createWindow, slotMsOf } from '../../src/health/window.ts';
import type { Window } from '../../src/health/window.ts';

const SETTINGS = { windowMs: 1000, slotMs: 100, bins: 3 };

function request(window: Window, nowMs: number): number {
  const slot = window.slotAt(nowMs);
  window.add(slot, REQUESTS, 1);
  window.add(slot, TIMED, 1);
  return slot;
}

describe('the length of a slot', () => {
  it.each([
    [120_000, 500],
    [24_000, 100],
    [1000, 100],
    [50, 100],
    [600_000, 2500],
    [3_600_000, 15_000],
  ])('for a window of %i ms is %i ms', (windowMs, slotMs) => {
    expect(slotMsOf(windowMs)).toBe(slotMs);
  });
});

describe('the window', () => {
  it('is empty before any traffic', () => {
    const window = createWindow(SETTINGS);
    expect(window.totals(5000)).toMatchObject({ requests: 0, errors: 0, timed: 0, slow: 0, spanMs: 0 });
    expect([...window.slots(5000).requests]).toEqual(Array.from({ length: 10 }, () => 0));
  });

  it('keeps one request for the length of the window and no longer', () => {
    const window = createWindow(SETTINGS);
    request(window, 5000);
    expect(window.totals(5999).requests).toBe(1);
    expect(window.totals(6000).requests).toBe(0);
  });

  it('is emptied by a silence longer than itself', () => {
    const window = createWindow(SETTINGS);
    for (let nowMs = 0; nowMs < 1000; nowMs += 10) request(window, nowMs);
    expect(window.totals(999).requests).toBe(100);
    expect(window.totals(1_000_000_050).requests).toBe(0);
    expect([...window.slots(1_000_000_050).requests].some((count) => count > 0)).toBe(false);
  });

  it('goes on counting in the same slot while the clock stands still', () => {
    const window = createWindow(SETTINGS);
    for (let i = 0; i < 1000; i++) request(window, 777);
    expect(window.totals(777)).toMatchObject({ requests: 1000, spanMs: 77 });
  });

  it('counts a reading that is a little behind the latest in its own slot', () => {
    const window = createWindow(SETTINGS);
    request(window, 505);
    request(window, 495);
    expect([...window.slots(505).requests].slice(-2)).toEqual([1, 1]);
  });

  it('drops what is counted late for a slot that has left', () => {
    const window = createWindow(SETTINGS);
    const slot = request(window, 0);
    window.totals(1000);
    window.add(slot, ERRORS, 1);
    window.add(slot, REQUESTS, -1);
    window.addLatency(slot, 1);
    const { requests, errors, latency } = window.totals(1000);
    expect([requests, errors, ...latency]).toEqual([0, 0, 0, 0, 0]);
  });

  it('says how long ago its first request was, to the slot', () => {
    const window = createWindow(SETTINGS);
    request(window, 250);
    request(window, 640);
    expect(window.totals(650).spanMs).toBe(450);
    expect(window.totals(1210).spanMs).toBe(610);
  });

  it('adds up from any slot on, as if what was before had not been', () => {
    const window = createWindow(SETTINGS);
    window.addLatency(request(window, 250), 1);
    window.addLatency(request(window, 640), 2);
    // The window's slots are 0 to 9, the last one the present.
    const { requests, spanMs, latency, firstSlot } = window.totals(950, 5);
    expect({ requests, spanMs, latency: [...latency], firstSlot }).toEqual({
      requests: 1,
      spanMs: 350,
      latency: [0, 0, 1],
      firstSlot: 5,
    });
    expect(window.totals(950, 7).requests).toBe(0);
  });

  it('has one slot when it is shorter than a slot', () => {
    const window = createWindow({ windowMs: 30, slotMs: 100, bins: 1 });
    request(window, 10);
    expect(window.totals(99).requests).toBe(1);
    expect(window.totals(100).requests).toBe(0);
    expect(window.slots(100).requests).toHaveLength(1);
  });

  it('holds ten million requests a slot without overflow', () => {
    const window = createWindow({ windowMs: 120_000, slotMs: 500, bins: 1 });
    for (let nowMs = 0; nowMs < 120_000; nowMs += 500) window.add(window.slotAt(nowMs), REQUESTS, 10_000_000);
    expect(window.totals(119_999).requests).toBe(2_400_000_000);
  });

  it('leaves requests and errors of a silenced slot but no latency, before and after', () => {
    const window = createWindow(SETTINGS);
    const slot = request(window, 150);
    window.addLatency(slot, 2);
    window.silence(120, 180);
    request(window, 190);
    window.add(slot, SLOW, 1);
    window.add(slot, TIMED, -1);
    window.addLatency(slot, 2);
    window.add(slot, ERRORS, 1);
    const { latency, ...counts } = window.totals(200);
    expect(counts).toMatchObject({ requests: 2, errors: 1, timed: 0, slow: 0 });
    expect([...latency]).toEqual([0, 0, 0]);
    request(window, 250);
    expect(window.totals(260).timed).toBe(1);
    expect(window.isTimed(slot)).toBe(false);
  });

  it('times again in a slot number that takes the place of a silenced one', () => {
    const window = createWindow(SETTINGS);
    window.silence(0, 2000);
    request(window, 2100);
    expect(window.totals(2100).timed).toBe(1);
  });

  it('forgets everything when cleared', () => {
    const window = createWindow(SETTINGS);
    window.addLatency(request(window, 100), 1);
    window.clear();
    const { requests, latency } = window.totals(100);
    expect([requests, ...latency]).toEqual([0, 0, 0, 0]);
  });

  it('agrees with a model that keeps every event', () => {
    const step = fc.record({
      gapMs: fc.oneof(fc.nat({ max: 50 }), fc.nat({ max: 400 }), fc.nat({ max: 5000 })),
      field: fc.constantFrom(REQUESTS, ERRORS, TIMED, SLOW),
      bin: fc.nat({ max: 2 }),
      /** How far back the slot is that is counted in. */
      late: fc.oneof(fc.constant(0), fc.nat({ max: 15 })),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.nat({ max: 10_000 }), (steps, startMs) => {
        const window = createWindow(SETTINGS);
        const events: { slot: number; field: number; bin: number }[] = [];
        let nowMs = startMs;
        for (const { gapMs, field, bin, late } of steps) {
          nowMs += gapMs;
          const newest = window.slotAt(nowMs);
          const slot = Math.max(0, newest - late);
          // Latency is only ever counted for requests that are timed.
          window.add(slot, TIMED, 1);
          window.add(slot, field, 1);
          window.addLatency(slot, bin);
          if (slot > newest - 10) events.push({ slot, field, bin });

          const live = events.filter((event) => event.slot > newest - 10);
          const total = (wanted: number) => live.filter((event) => event.field === wanted).length;
          const { requests, errors, timed, slow, latency } = window.totals(nowMs);
          expect([requests, errors, timed, slow]).toEqual([
            total(REQUESTS),
            total(ERRORS),
            live.length + total(TIMED),
            total(SLOW),
          ]);
          expect([...latency]).toEqual([0, 1, 2].map((wanted) => live.filter((event) => event.bin === wanted).length));
          expect([...window.slots(nowMs).errors]).toEqual(
            Array.from(
              { length: 10 },
              (_, i) => live.filter((event) => event.field === ERRORS && event.slot === newest - 9 + i).length,
            ),
          );
        }
      }),
    );
  });
});
