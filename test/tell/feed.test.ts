import { describe, expect, it } from 'vitest';
import type { SideReading, TallyReading } from '../../src/model/tally.ts';
import { NO_VERDICT } from '../../src/model/verdict.ts';
import { createFeed } from '../../src/tell/feed.ts';
import { createSamples, KEPT_SAMPLES } from '../../src/tell/samples.ts';
import { reason, SINCE_MS, snapshotOf } from '../admin/fixtures.ts';
import { sampleOf } from '../admin/event-stream.ts';

function sideOf(ok: number, failed: number): SideReading {
  return {
    requestsByClass: { '1xx': 0, '2xx': ok, '3xx': 0, '4xx': 0, '5xx': failed, none: 0 },
    failuresByReason: { status: failed, refused: 0 },
    latency: { boundsSeconds: [], counts: [0], sumSeconds: 0 },
    inFlight: 0,
  };
}
const tallyOf = (stable: SideReading, candidate: SideReading): TallyReading => ({
  sides: { stable, candidate },
  clientAborts: 0,
  refusalsByReason: { head: 0, busy: 0, overloaded: 0, connections: 0, 'under-way': 0 },
  shielded: 0,
});
const { windows } = snapshotOf();

describe('a sample', () => {
  it('counts what has come since the one before', () => {
    const feed = createFeed(tallyOf(sideOf(1000, 10), sideOf(0, 0)));
    const common = { weight: 5, windows, verdict: NO_VERDICT };
    const first = feed.sample({ ...common, wallMs: SINCE_MS, tally: tallyOf(sideOf(1090, 11), sideOf(5, 2)) });
    expect(first).toEqual({
      at: new Date(SINCE_MS).toISOString(),
      weight: 5,
      sides: {
        stable: { requests: 91, failures: 1, p95Ms: 120 },
        candidate: { requests: 7, failures: 2, p95Ms: null },
      },
      evidence: {},
    });
    const second = feed.sample({ ...common, wallMs: SINCE_MS + 1000, tally: tallyOf(sideOf(1090, 11), sideOf(6, 2)) });
    expect([second.sides.stable.requests, second.sides.candidate.requests]).toEqual([0, 1]);
    expect(feed.past()).toEqual([first, second]);
  });

  it('has the evidence of those guards that weigh any', () => {
    const none = tallyOf(sideOf(0, 0), sideOf(0, 0));
    const verdict = {
      kind: 'inconclusive',
      reasons: [
        { ...reason, lnEvidence: -3.14159 },
        { ...reason, measure: 'probe' },
      ],
    } as const;
    const sample = createFeed(none).sample({ wallMs: SINCE_MS, weight: 5, tally: none, windows, verdict });
    expect(sample.evidence).toEqual({ errors: -3.142 });
  });
});

describe('the samples kept', () => {
  it('are the last ten minutes, oldest first, as they were', () => {
    const samples = createSamples();
    const all = Array.from({ length: KEPT_SAMPLES + 100 }, (_, second) => sampleOf(second));
    for (const sample of all) samples.add(sample);
    expect(samples.read()).toEqual(all.slice(100));
  });

  it('are none at first', () => {
    expect(createSamples().read()).toEqual([]);
  });
});
