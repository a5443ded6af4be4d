import type { Clock } from '../../src/support/clock.ts';
import { systemClock } from '../../src/support/clock.ts';

/** The system's clock, put ahead by a test: what takes long is over at once, and nothing is over before. */
export interface ClockAhead extends Clock {
  jump(ms: number): void;
  /** Monotonic time stands still from now on, but for jumps. */
  stop(): void;
}

export function clockAhead(): ClockAhead {
  let aheadMs = 0;
  let stoppedAtMs: number | null = null;
  return {
    monotonicMs: () => (stoppedAtMs ?? systemClock.monotonicMs()) + aheadMs,
    wallMs: () => systemClock.wallMs() + aheadMs,
    jump(ms) {
      aheadMs += ms;
    },
    stop() {
      stoppedAtMs ??= systemClock.monotonicMs();
    },
  };
}

/** A clock by which even a slow machine is quick: what takes seconds here takes minutes of the system's. */
export const slowClock: Clock = { ...systemClock, monotonicMs: () => systemClock.monotonicMs() / 100 };
