import type { Guards, JudgedWindow, SlotCounts, SlotRows } from '../model/guards.ts';
import type { Verdict } from '../model/verdict.ts';
import { createJudge } from './judge.ts';
import type { Observed, ObservedSide } from './observed.ts';

/**
 * What a verdict rested on, small enough for a line of the journal, and the same verdict made from it again. The window's
 * integers are all that the evidence is computed from, so whoever doubts a rollback can repeat it; what is missing is
 * only what no verdict needs: percentiles, and what was known before the window.
 */
export function recordOf(guards: Guards, slotMs: number, { candidate, stable }: Observed): JudgedWindow {
  return { guards, slotMs, candidate: rowsOf(candidate.slots()), stable: rowsOf(stable.slots()) };
}

/** The verdict on a recorded window. Throws when it is not one. */
export function rejudge({ guards, slotMs, candidate, stable }: JudgedWindow): Verdict {
  const observed: Observed = {
    candidate: recordedSide(candidate, slotMs),
    stable: recordedSide(stable, slotMs),
    step: () => ({ ended: 0, errors: 0, headed: 0, slow: 0 }),
  };
  return createJudge(guards, slotMs).judge(observed);
}

function rowsOf({ requests, errors, timed, slow }: SlotCounts): SlotRows {
  return { requests: written(requests), errors: written(errors), timed: written(timed), slow: written(slow) };
}

/** A side as its rows tell it. */
export function recordedSide(rows: SlotRows, slotMs: number): ObservedSide {
  const slots = {
    requests: read(rows.requests),
    errors: read(rows.errors),
    timed: read(rows.timed),
    slow: read(rows.slow),
  };
  return countedSide(slots, slotMs);
}

/** A side of which nothing is known but its slots, and perhaps a percentile measured elsewhere. */
export function countedSide(
  slots: { readonly [Row in keyof SlotCounts]: readonly number[] },
  slotMs: number,
  p95Ms: number | null = null,
): ObservedSide {
  const sumFrom = (row: readonly number[], from: number) => row.slice(from).reduce((sum, count) => sum + count, 0);
  return {
    slots: () => slots,
    since(from) {
      const first = slots.requests.findIndex((count, slot) => slot >= from && count > 0);
      return {
        requests: sumFrom(slots.requests, from),
        errors: sumFrom(slots.errors, from),
        timed: sumFrom(slots.timed, from),
        slow: sumFrom(slots.slow, from),
        spanMs: first < 0 ? 0 : (slots.requests.length - first) * slotMs,
        p95Ms,
      };
    },
  };
}

/** Equal neighbours as one: `2,3*4,0*233`. */
function written(counts: ArrayLike<number>): string {
  const runs: string[] = [];
  for (let at = 0; at < counts.length;) {
    const count = counts[at]!;
    let end = at + 1;
    while (end < counts.length && counts[end] === count) end++;
    runs.push(end - at === 1 ? String(count) : `${count}*${end - at}`);
    at = end;
  }
  return runs.join(',');
}

/** More slots than any window has; a journal is believed, but not with all of the memory. */
const MOST_SLOTS = 10_000;

function read(row: string): number[] {
  const counts: number[] = [];
  for (const run of row.split(',')) {
    const parts = /^(\d{1,10})(?:\*(\d{1,5}))?$/.exec(run);
    const length = Number(parts?.[2] ?? 1);
    if (parts === null || counts.length + length > MOST_SLOTS) throw new Error(`not a row of slots: "${run}"`);
    for (let i = 0; i < length; i++) counts.push(Number(parts[1]));
  }
  return counts;
}
