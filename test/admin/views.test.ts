import { describe, expect, it } from 'vitest';
import { historyOf, statusOf } from '../../src/admin/views.ts';
import { NO_VERDICT } from '../../src/model/verdict.ts';
import type { Rollout } from '../../src/model/rollout.ts';
import { candidate, eventOf, idle, reason, rolledBack, shifting, SINCE_MS, snapshotOf, stable } from './fixtures.ts';

describe('the status', () => {
  it('has everything the contract promises', () => {
    expect(statusOf(snapshotOf())).toEqual({
      service: 'checkout',
      phase: 'shifting',
      revision: 5,
      since: '2026-11-20T12:00:00.000Z',
      reason: 'first try',
      stable,
      candidate,
      weights: { stable: 95, candidate: 5 },
      verdict: NO_VERDICT,
      waitingFor: null,
      traceIds: [],
      window: snapshotOf().windows,
      automation: { enabled: true, frozen: false },
      recording: { writable: true },
    });
  });

  it('has no candidate where there is none', () => {
    expect(statusOf(snapshotOf(idle))).toMatchObject({ candidate: null, weights: { stable: 100, candidate: 0 } });
  });

  it('shows the weights in force, and beside them those that wait for the disk', () => {
    const status = statusOf(snapshotOf(shifting, { share: 100 }));
    expect(status.weights).toEqual({ stable: 99, candidate: 1 });
    expect(status.rolloutWeights).toEqual({ stable: 95, candidate: 5 });
  });

  it('keeps telling what a guard measured when it rolled back, whatever the window holds now', () => {
    const status = statusOf(snapshotOf(rolledBack));
    expect(status.verdict).toEqual({ kind: 'unhealthy', reasons: [reason] });
    expect(status.traceIds).toEqual(['4bf9']);
  });

  it('does not call a candidate unhealthy that a person rolled back', () => {
    const byPerson: Rollout = { ...rolledBack, phase: 'rolled-back', reasons: [], traceIds: [] };
    expect(statusOf(snapshotOf(byPerson)).verdict).toEqual(NO_VERDICT);
  });

  it('says what an inconclusive verdict waits for, and that the split is suspect', () => {
    const waitingFor = { proof: { requests: 710, ms: 142_000 }, breach: null, text: '710 requests more' };
    const status = statusOf(snapshotOf(shifting, { waitingFor, splitSuspicion: 'half of them' }));
    expect(status).toMatchObject({ waitingFor, splitSuspicion: 'half of them' });
  });

  it('says since when the journal cannot be written', () => {
    const recording = { writable: false, error: 'ENOSPC', sinceMs: SINCE_MS } as const;
    expect(statusOf(snapshotOf(shifting, { recording })).recording).toEqual({
      writable: false,
      error: 'ENOSPC',
      since: '2026-11-20T12:00:00.000Z',
    });
  });
});

describe('the history', () => {
  it('has the newest first and no more than asked for', () => {
    const { events } = historyOf([eventOf(1), eventOf(3), eventOf(2)], 2);
    expect(events.map(({ seq }) => seq)).toEqual([3, 2]);
  });
});
