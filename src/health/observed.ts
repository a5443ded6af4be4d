import type { SlotCounts } from '../model/guards.ts';
import type { SideIndex } from '../model/upstream.ts';
import { CANDIDATE, STABLE } from '../model/upstream.ts';
import type { WindowSummary } from '../model/status.ts';
import type { Counts, Observer } from './observe.ts';
import { summaryIn } from './observe.ts';
import type { StepCounts } from './window.ts';

/** What the judge looks at: both windows at one moment, and what is known of the candidate since the step began. */
export interface Observed {
  readonly candidate: ObservedSide;
  readonly stable: ObservedSide;
  step(): StepCounts;
}

export interface ObservedSide {
  /** Slots of both sides correspond. Valid until the next look. */
  slots(): SlotCounts;
  /** From this position of the slots on; 0 for the whole window. */
  since(position: number): Counts;
}

/** The whole window of one side, for people. */
export const summaryOf = (side: ObservedSide): WindowSummary => summaryIn(side.since(0));

/** What the observer has seen until now; monotonic. Each thing is read once, however often it is asked for. */
export function observedAt(observer: Observer, nowMs: number): Observed {
  const sideOf = (side: SideIndex): ObservedSide => {
    let slots: SlotCounts | null = null;
    const counts = new Map<number, Counts>();
    return {
      slots: () => (slots ??= observer.slotsOf(side, nowMs)),
      since(position) {
        const known = counts.get(position) ?? observer.windowOf(side, nowMs, position);
        counts.set(position, known);
        return known;
      },
    };
  };
  return { candidate: sideOf(CANDIDATE), stable: sideOf(STABLE), step: () => observer.stepOf(CANDIDATE) };
}
