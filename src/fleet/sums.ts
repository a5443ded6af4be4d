import type { Observed, ObservedSide } from '../health/observed.ts';
import { countedSide } from '../health/record.ts';
import type { SideSums, StepDelta } from './store.ts';

/**
 * One side's sums over the whole fleet, as last read from the store: a ring of slots by the store's clock. A reader asks
 * only for what has changed since it last looked. What it judges is these sums alone. To add what it has counted itself and
 * the store does not have yet would show its own last second beside none of the others', and so one bad instance as a
 * bad release. For the same reason it looks no further than to where all have reported: who has failures to tell does so
 * at once and who has none does not, so the last moments in the store are the failing members' alone. To judge them would
 * be to choose the requests by how they ended. When all fail, all report at once, and nothing is lost by it.
 */
export interface SumsRing {
  /** Answers what of it is news. */
  take(sums: SideSums): News;
  /** The number of the last change that is in here. */
  seen(): number;
  /** The window that ends with this slot, by the store's clock. */
  window(newest: number): CountedSlots;
  clear(): void;
}

/** Counts since the last read. */
export interface News {
  readonly requests: number;
  readonly errors: number;
  readonly slow: number;
}

/** Whether these requests, taken by themselves, are worse than the limits allow; proves nothing yet. */
export const areWorse = ({ requests, errors, slow }: News, errorsRatio: number | null): boolean =>
  (errorsRatio !== null && errors > Math.max(0, requests * errorsRatio)) || slow > Math.max(0, requests * SLOW_RATIO);

export type CountedSlots = Readonly<Record<'requests' | 'errors' | 'timed' | 'slow', readonly number[]>>;

const FIELDS = 4;

export function createSumsRing(length: number): SumsRing {
  const slots = new Float64Array(length).fill(-1);
  const counts = new Float64Array(length * FIELDS);
  let seen = 0;

  function clear(): void {
    slots.fill(-1);
    seen = 0;
  }

  return {
    take({ change, slots: changed }) {
      seen = change;
      const news = { requests: 0, errors: 0, slow: 0 };
      for (const { slot, requests, errors, timed, slow } of changed) {
        const index = slot % length;
        if (slots[index]! > slot) continue;
        const at = index * FIELDS;
        const isKnown = slots[index] === slot;
        news.requests += requests - (isKnown ? counts[at]! : 0);
        news.errors += errors - (isKnown ? counts[at + 1]! : 0);
        news.slow += slow - (isKnown ? counts[at + 3]! : 0);
        slots[index] = slot;
        counts.set([requests, errors, timed, slow], at);
      }
      return news;
    },
    seen: () => seen,
    window(newest) {
      const first = newest - length + 1;
      const row = (field: number): number[] => {
        const found = Array<number>(length).fill(0);
        for (let position = 0; position < length; position++) {
          const index = (first + position) % length;
          if (slots[index] === first + position) found[position] = counts[index * FIELDS + field]!;
        }
        return found;
      };
      return boundedBy({ requests: row(0), errors: row(1), timed: row(2), slow: row(3) });
    },
    clear,
  };
}

/** Corrections may arrive before what they correct: nothing is below zero, and no more is bad than there is. */
function boundedBy({ requests, errors, timed, slow }: Record<keyof CountedSlots, number[]>): CountedSlots {
  const all = requests.map((count) => Math.max(0, count));
  const measured = timed.map((count) => Math.max(0, count));
  const within = (counts: number[], most: number[]) =>
    counts.map((count, at) => Math.min(Math.max(0, count), most[at]!));
  return { requests: all, errors: within(errors, all), timed: measured, slow: within(slow, measured) };
}

export interface Pooled {
  readonly stable: CountedSlots;
  readonly candidate: CountedSlots;
  readonly slotMs: number;
  readonly step: StepDelta;
  /** Of the fleet's latencies, where they are known; milliseconds. */
  readonly p95Ms: Readonly<Record<'stable' | 'candidate', number | null>>;
  readonly p95LimitMs: number | null;
}

/** What a reader judges, in the form in which a single sidecar judges its own window. */
export function pooledOf({ stable, candidate, slotMs, step, p95Ms, p95LimitMs }: Pooled): Observed {
  const sideOf = (slots: CountedSlots, measuredMs: number | null): ObservedSide => {
    const side = countedSide(slots, slotMs, measuredMs);
    return {
      slots: side.slots,
      since(position) {
        const counts = side.since(position);
        // A percentile that contradicts the count of slow requests, which decides, would only confuse.
        const isSlow = counts.slow > counts.timed * SLOW_RATIO;
        const agrees = measuredMs !== null && p95LimitMs !== null && measuredMs > p95LimitMs === isSlow;
        return { ...counts, p95Ms: p95LimitMs === null || agrees ? measuredMs : null };
      },
    };
  };
  return { candidate: sideOf(candidate, p95Ms.candidate), stable: sideOf(stable, p95Ms.stable), step: () => step };
}

/** More than this share slower than the limit is a P95 above it. */
const SLOW_RATIO = 0.05;
