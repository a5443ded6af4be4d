import type { Clock } from '../../src/support/clock.ts';
import { systemClock } from '../../src/support/clock.ts';

/** The system's clock, put ahead by a test: what takes long is over at once, and nothing is over before. */
export interface ClockAhead extends Clock {
  jump(ms: number): void;
}

export function clockAhead(): ClockAhead {
  let aheadMs = 0;
  return {
    monotonicMs: () => systemClock.monotonicMs() + aheadMs,
    wallMs: () => systemClock.wallMs() + aheadMs,
    jump(ms) {
      aheadMs += ms;
    },
  };
}
