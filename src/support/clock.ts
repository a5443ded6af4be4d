/**
 * The two clocks, and their only owner. Monotonic time measures; wall time is for people and for
 * comparing with what an earlier run of the program wrote down.
 */
export interface Clock {
  /** Milliseconds on a clock that never jumps; its zero means nothing. */
  monotonicMs(): number;
  /** Milliseconds since the Unix epoch; may jump. */
  wallMs(): number;
}

export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
};
