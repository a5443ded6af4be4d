/** The limits on the candidate, and how to decide whether it keeps them. */
export interface Guards {
  readonly windowMs: number;
  /** Allowed share of failed requests, 0..1; null when this guard is off. */
  readonly errorsRatio: number | null;
  /** To the response head; null when this guard is off. */
  readonly p95Ms: number | null;
  /** `evidence`: when the requests prove it. `plain`: when measured > limit. */
  readonly rule: 'evidence' | 'plain';
  /** Plain rule: a window with fewer requests is inconclusive. */
  readonly minRequests: number;
  /** Evidence rule: at most one false rollback in this time, for a candidate at its limit. */
  readonly falseRollbackMs: number;
  /** How many times stable's rate of bad requests the candidate's may be; null when the two are not compared. */
  readonly worseThanStable: number | null;
}

/** One side's window, slot by slot, oldest first. */
export interface SlotCounts {
  readonly requests: ArrayLike<number>;
  /** Failed ones among them. */
  readonly errors: ArrayLike<number>;
  /** Requests that say something about latency. */
  readonly timed: ArrayLike<number>;
  /** Those of them that took longer than the limit. */
  readonly slow: ArrayLike<number>;
}

/**
 * The integers a verdict rests on, as an event of the journal carries them: each side's four rows of slots, written
 * as `2,3*4,0*233`, where `3*4` is four slots of 3.
 */
export interface JudgedWindow {
  readonly guards: Guards;
  readonly slotMs: number;
  readonly candidate: SlotRows;
  readonly stable: SlotRows;
}

export type SlotRows = { readonly [Row in keyof SlotCounts]: string };
