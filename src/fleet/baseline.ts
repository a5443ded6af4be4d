import type { SlotCounts } from '../model/guards.ts';
import type { SlotDelta } from './store.ts';

/**
 * What of one side's window the store has acknowledged, slot by slot of our own clock. What a member has to tell is the
 * difference between its window and this; the counts themselves are kept nowhere twice. Differences can be negative,
 * because a slot's counts are corrected for as long as it is in the window.
 */
export interface Baseline {
  /** What the store does not have, of a window that ends with this slot; slots by our own clock. */
  deltas(window: SlotCounts, newest: number): readonly SlotDelta[];
  /**
   * The same by the store's slots. A slot keeps the shift by which it was told first, whatever has been learned of the
   * store's clock since: what became of a request, and what is taken back, belongs where the request was told.
   */
  numbered(deltas: readonly SlotDelta[], shift: number): readonly SlotDelta[];
  acknowledge(deltas: readonly SlotDelta[]): void;
  /** Nothing is acknowledged: the store has forgotten, or the window has. */
  clear(): void;
}

const FIELDS = 4;

/** For windows of this many slots. */
export function createBaseline(length: number): Baseline {
  const slots = new Float64Array(length).fill(-1);
  const counts = new Float64Array(length * FIELDS);
  const shifts = new Float64Array(length).fill(NaN);

  /** Where the slot's counts are; what was there of an older slot is gone. */
  function placeOf(slot: number): number {
    const index = slot % length;
    if (slots[index] !== slot) {
      slots[index] = slot;
      shifts[index] = NaN;
      counts.fill(0, index * FIELDS, (index + 1) * FIELDS);
    }
    return index * FIELDS;
  }

  return {
    deltas({ requests, errors, timed, slow }, newest) {
      const found: SlotDelta[] = [];
      for (let position = 0; position < requests.length; position++) {
        const slot = newest - requests.length + 1 + position;
        if (slot < 0) continue;
        const at = placeOf(slot);
        const delta = {
          slot,
          requests: requests[position]! - counts[at]!,
          errors: errors[position]! - counts[at + 1]!,
          timed: timed[position]! - counts[at + 2]!,
          slow: slow[position]! - counts[at + 3]!,
        };
        if (delta.requests !== 0 || delta.errors !== 0 || delta.timed !== 0 || delta.slow !== 0) found.push(delta);
      }
      return found;
    },
    numbered(deltas, shift) {
      return deltas.map((delta) => {
        const index = delta.slot % length;
        if (Number.isNaN(shifts[index])) shifts[index] = shift;
        return { ...delta, slot: delta.slot + shifts[index]! };
      });
    },
    acknowledge(deltas) {
      for (const { slot, requests, errors, timed, slow } of deltas) {
        // A slot that has left the ring meanwhile has given its place away.
        if (slots[slot % length]! > slot) continue;
        const at = placeOf(slot);
        counts[at] = counts[at]! + requests;
        counts[at + 1] = counts[at + 1]! + errors;
        counts[at + 2] = counts[at + 2]! + timed;
        counts[at + 3] = counts[at + 3]! + slow;
      }
    },
    clear() {
      slots.fill(-1);
      counts.fill(0);
      shifts.fill(NaN);
    },
  };
}
