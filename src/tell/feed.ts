import type { Sample, SideSample } from '../model/feed.ts';
import type { WindowSummary } from '../model/status.ts';
import type { SideReading, TallyReading } from '../model/tally.ts';
import type { Side } from '../model/upstream.ts';
import type { Measure, Verdict } from '../model/verdict.ts';
import { createSamples } from './samples.ts';

/** What a sample is made from. */
export interface FeedReading {
  readonly wallMs: number;
  /** Of the candidate's side, in percent. */
  readonly weight: number;
  readonly tally: TallyReading;
  readonly windows: Readonly<Record<Side, WindowSummary>>;
  readonly verdict: Verdict;
}

/**
 * Makes one sample a second: what lifetime counters have grown by since the last one, and what the window and the
 * verdict say. The data path knows nothing of it, and counts nothing twice.
 */
export interface Feed {
  /** To be called once a second. */
  sample(reading: FeedReading): Sample;
  /** Oldest first. */
  past(): readonly Sample[];
}

interface Totals {
  readonly requests: number;
  readonly failures: number;
}

/** @param first the counters from which the first sample counts. */
export function createFeed(first: TallyReading): Feed {
  const samples = createSamples();
  let last = totalsOf(first);

  return {
    sample({ wallMs, weight, tally, windows, verdict }) {
      const now = totalsOf(tally);
      const sideOf = (side: Side): SideSample => ({
        requests: now[side].requests - last[side].requests,
        failures: now[side].failures - last[side].failures,
        p95Ms: roundedOf(windows[side].p95Ms),
      });
      const sample = {
        at: new Date(wallMs).toISOString(),
        weight,
        sides: { stable: sideOf('stable'), candidate: sideOf('candidate') },
        evidence: evidenceOf(verdict),
      };
      last = now;
      samples.add(sample);
      return sample;
    },
    past: samples.read,
  };
}

const totalsOf = ({ sides }: TallyReading): Record<Side, Totals> => ({
  stable: totalOf(sides.stable),
  candidate: totalOf(sides.candidate),
});

function totalOf({ requestsByClass, failuresByReason }: SideReading): Totals {
  return { requests: sumOf(requestsByClass), failures: sumOf(failuresByReason) };
}

const sumOf = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);

function evidenceOf({ reasons }: Verdict): Partial<Record<Measure, number>> {
  const evidence: Partial<Record<Measure, number>> = {};
  for (const { measure, lnEvidence } of reasons) {
    if (lnEvidence !== undefined) evidence[measure] = Math.round(lnEvidence * 1000) / 1000;
  }
  return evidence;
}

/** Hundredths of a millisecond are as much as anybody can see. */
const roundedOf = (ms: number | null): number | null => (ms === null ? null : Math.round(ms * 100) / 100);
