import type { Observed, ObservedSide } from '../../src/health/observed.ts';
import type { Window } from '../../src/health/window.ts';
import { createWindow, ERRORS, FAST, GOOD, REQUESTS, slotMsOf, TIMED } from '../../src/health/window.ts';
import type { Side } from '../../src/model/upstream.ts';

/** Requests that nobody sent, in the windows in which a sidecar counts: all in time, some of them failed. */
export function createTraffic(windowMs: number, nowMs: () => number) {
  const create = () => createWindow({ windowMs, slotMs: slotMsOf(windowMs), bins: 1 });
  const windows = { stable: create(), candidate: create() };

  function count(window: Window, requests: number, errors: number): void {
    const slot = window.slotAt(nowMs());
    window.add(slot, REQUESTS, requests);
    window.add(slot, TIMED, requests);
    window.add(slot, FAST, requests);
    window.add(slot, ERRORS, errors);
    window.add(slot, GOOD, requests - errors);
  }

  const sideOf = (window: Window): ObservedSide => ({
    slots: () => window.slots(nowMs()),
    since: (position) => ({ ...window.totals(nowMs(), position), p95Ms: null }),
  });

  return {
    add: (requests: number, errors: number) => count(windows.candidate, requests, errors),
    addStable: (requests: number) => count(windows.stable, requests, 0),
    clear: (side: Side) => windows[side].clear(),
    beginStep: () => windows.candidate.beginStep(nowMs()),
    observed: (): Observed => ({
      candidate: sideOf(windows.candidate),
      stable: sideOf(windows.stable),
      step: () => windows.candidate.step(),
    }),
  };
}
