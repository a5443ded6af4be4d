import type { SlotCounts } from '../model/guards.ts';

/**
 * What one side did in the last so many seconds, as integers: a ring of slots, each with its counts and its latency
 * bins, rolled forward by the `now` of whoever asks. Rolling clears every slot that the gap passed over, so a silence
 * longer than the window empties it, with no timer to keep in step. Reading adds the slots up.
 *
 * Rejected: keeping samples (their number and the cost of sorting grow just when there is trouble) and running totals
 * (one missed subtraction is wrong for ever, and a slot of a request long under way must still be correctable).
 * Slots are addressed by an absolute number, `floor(now / slotMs)`: whoever counts late names the slot he means,
 * and what has left the ring is dropped instead of landing in the slot that took its place.
 */
export const REQUESTS = 0;
export const ERRORS = 1;
export const TIMED = 2;
export const SLOW = 3;
export const GOOD = 4;
export const FAST = 5;
const FIELDS = 6;
const ABOUT_LATENCY = [false, false, true, true, false, true];

/**
 * What is counted in a slot: requests, failed ones, those that say something about latency, and slow ones among these;
 * and, known only later, requests that ended well and heads that came in time.
 */
export type Field = typeof REQUESTS | typeof ERRORS | typeof TIMED | typeof SLOW | typeof GOOD | typeof FAST;

/** Requests whose answer is known, since the step began. */
export interface StepCounts {
  /** That ended, well or not. */
  readonly ended: number;
  readonly errors: number;
  /** Whose head has come, or is known to be late. */
  readonly headed: number;
  readonly slow: number;
}

export interface Totals {
  readonly requests: number;
  readonly errors: number;
  readonly timed: number;
  readonly slow: number;
  /** How long ago the first request of the window was counted, to the slot; 0 without one. */
  readonly spanMs: number;
  /** Count by bin; valid until the next read. */
  readonly latency: Float64Array;
  /** Number of the first slot that was added up. */
  readonly firstSlot: number;
}

/** The slots one by one, oldest first, the present one last; valid until the next read. */
export type Slots = { readonly [Row in keyof SlotCounts]: Uint32Array };

export interface Window {
  readonly slotMs: number;
  /** Rolls the ring forward and returns the number of the slot that `nowMs` lies in. */
  slotAt(nowMs: number): number;
  add(slot: number, field: Field, delta: number): void;
  addLatency(slot: number, bin: number): void;
  /** Whether latency counted in this slot still says something: it is in the ring and not silenced. */
  isTimed(slot: number): boolean;
  /** Takes latency out of every slot touched by this span, for good; requests and errors stay. */
  silence(fromMs: number, toMs: number): void;
  /** Of the whole window, or of its slots from this position on, counted as in `slots`. */
  totals(nowMs: number, from?: number): Totals;
  slots(nowMs: number): Slots;
  /** A step of the rollout begins: what was sent before says nothing about it. */
  beginStep(nowMs: number): void;
  /** Since the step began, however long ago. */
  step(): StepCounts;
  /** Forgets all counts. What was silenced stays so, for the stall was real. */
  clear(): void;
}

export interface WindowSettings {
  readonly windowMs: number;
  readonly slotMs: number;
  /** Of the latency scale. */
  readonly bins: number;
}

/** Length of a slot for a window: about a 240th of it, a whole number of 100 ms, so that it fits the beat. */
export function slotMsOf(windowMs: number): number {
  return Math.max(1, Math.round(windowMs / 24_000)) * 100;
}

/** Creates an empty window. Times are monotonic milliseconds, not negative. */
export function createWindow({ windowMs, slotMs, bins }: WindowSettings): Window {
  const length = Math.max(1, Math.ceil(windowMs / slotMs));
  const counts = new Uint32Array(length * FIELDS);
  const latency = new Uint32Array(length * bins);
  const silenced = new Uint8Array(length);
  // Sums of 32-bit counts need more than 32 bits.
  const latencyTotals = new Float64Array(bins);
  const view = {
    requests: new Uint32Array(length),
    errors: new Uint32Array(length),
    timed: new Uint32Array(length),
    slow: new Uint32Array(length),
  };
  let newest = -1;
  let stepSlot = 0;
  /** Of the step's slots that have left the ring. */
  const departed = new Float64Array(FIELDS);

  const isInRing = (slot: number) => slot <= newest && slot > newest - length && slot >= 0;

  function clearLatency(index: number): void {
    counts[index * FIELDS + TIMED] = 0;
    counts[index * FIELDS + SLOW] = 0;
    counts[index * FIELDS + FAST] = 0;
    latency.fill(0, index * bins, (index + 1) * bins);
  }

  /** Calls for each slot of the ring and its place in `counts`, oldest first. */
  function eachSlot(from: number, visit: (slot: number, at: number) => void): void {
    const first = Math.max(0, newest - length + 1 + from);
    for (let slot = first; slot <= newest; slot++) visit(slot, (slot % length) * FIELDS);
  }

  /** What leaves the ring up to this slot goes on to count for the step. */
  function depart(upTo: number): void {
    const last = Math.min(newest, upTo - length);
    for (let slot = Math.max(stepSlot, newest - length + 1, 0); slot <= last; slot++) {
      for (let field = 0; field < FIELDS; field++) {
        departed[field] = departed[field]! + counts[(slot % length) * FIELDS + field]!;
      }
    }
  }

  function slotAt(nowMs: number): number {
    const slot = Math.floor(nowMs / slotMs);
    if (slot <= newest) return slot;
    depart(slot);
    for (let passed = Math.max(newest + 1, slot - length + 1); passed <= slot; passed++) {
      const index = passed % length;
      clearLatency(index);
      counts[index * FIELDS + REQUESTS] = 0;
      counts[index * FIELDS + ERRORS] = 0;
      counts[index * FIELDS + GOOD] = 0;
      silenced[index] = 0;
    }
    newest = slot;
    return slot;
  }

  function isTimed(slot: number): boolean {
    return isInRing(slot) && silenced[slot % length] === 0;
  }

  return {
    slotMs,
    slotAt,
    isTimed,
    add(slot, field, delta) {
      // Too late for the window, but the step still wants to know how it ended.
      if (slot <= newest - length && slot >= stepSlot) departed[field] = departed[field]! + delta;
      if (ABOUT_LATENCY[field] ? !isTimed(slot) : !isInRing(slot)) return;
      const at = (slot % length) * FIELDS + field;
      counts[at] = counts[at]! + delta;
    },
    addLatency(slot, bin) {
      if (!isTimed(slot)) return;
      const at = (slot % length) * bins + bin;
      latency[at] = latency[at]! + 1;
    },
    silence(fromMs, toMs) {
      const last = slotAt(toMs);
      for (let slot = Math.max(0, newest - length + 1, Math.floor(fromMs / slotMs)); slot <= last; slot++) {
        clearLatency(slot % length);
        silenced[slot % length] = 1;
      }
    },
    totals(nowMs, from = 0) {
      slotAt(nowMs);
      const sums: [number, number, number, number] = [0, 0, 0, 0];
      let first = -1;
      latencyTotals.fill(0);
      eachSlot(from, (slot, at) => {
        sums[REQUESTS] += counts[at]!;
        sums[ERRORS] += counts[at + ERRORS]!;
        sums[TIMED] += counts[at + TIMED]!;
        sums[SLOW] += counts[at + SLOW]!;
        if (first < 0 && counts[at]! > 0) first = slot;
        if (!(counts[at + TIMED]! > 0)) return;
        const start = (slot % length) * bins;
        for (let bin = 0; bin < bins; bin++) latencyTotals[bin] = latencyTotals[bin]! + latency[start + bin]!;
      });
      return {
        requests: sums[REQUESTS],
        errors: sums[ERRORS],
        timed: sums[TIMED],
        slow: sums[SLOW],
        spanMs: first < 0 ? 0 : Math.max(0, nowMs - first * slotMs),
        latency: latencyTotals,
        firstSlot: newest - length + 1 + from,
      };
    },
    slots(nowMs) {
      slotAt(nowMs);
      for (let position = 0; position < length; position++) {
        const slot = newest - length + 1 + position;
        // Before the clock's zero there is no slot; the first window of a process looks as if it had been silent.
        const at = ((slot < 0 ? slot + length : slot) % length) * FIELDS;
        view.requests[position] = counts[at]!;
        view.errors[position] = counts[at + ERRORS]!;
        view.timed[position] = counts[at + TIMED]!;
        view.slow[position] = counts[at + SLOW]!;
      }
      return view;
    },
    beginStep(nowMs) {
      const slot = slotAt(nowMs);
      departed.fill(0);
      // The present slot also holds requests of the step before, if it holds any.
      stepSlot = counts[(slot % length) * FIELDS] === 0 ? slot : slot + 1;
    },
    step() {
      const sums = Float64Array.from(departed);
      eachSlot(0, (slot, at) => {
        if (slot < stepSlot) return;
        for (let field = 0; field < FIELDS; field++) sums[field] = sums[field]! + counts[at + field]!;
      });
      const [errors, slow] = [sums[ERRORS]!, sums[SLOW]!];
      return { ended: sums[GOOD]! + errors, errors, headed: sums[FAST]! + slow, slow };
    },
    clear() {
      counts.fill(0);
      latency.fill(0);
      departed.fill(0);
    },
  };
}
