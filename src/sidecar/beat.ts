import { BEAT_MS } from '../release/heartbeat.ts';
import type { Clock } from '../support/clock.ts';

export interface BeatParts {
  readonly clock: Clock;
  /** The event loop did not turn between these times. */
  stalled(fromMs: number, toMs: number): void;
  /** Monotonic time; must not throw. */
  beat(nowMs: number): void;
}

/** An event loop that turned this much too late measured nobody's latency. */
const STALL_MS = 50;

/** Beats ten times a second until it is stopped. */
export function startBeat({ clock, stalled, beat }: BeatParts): { stop(): void } {
  let lastMs = clock.monotonicMs();
  const timer = setInterval(() => {
    const nowMs = clock.monotonicMs();
    if (nowMs - lastMs > BEAT_MS + STALL_MS) stalled(lastMs, nowMs);
    lastMs = nowMs;
    beat(nowMs);
  }, BEAT_MS);
  return { stop: () => clearInterval(timer) };
}
