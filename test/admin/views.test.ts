import { describe, expect, it } from 'vitest';
import { historyOf, statusOf } from '../../src/admin/views.ts';
import { NO_VERDICT } from '../../src/model/verdict.ts';
import type { Rollout } from '../../src/model/rollout.ts';
import {
  candidate,
  eventOf,
  guardsOf,
  idle,
  promoted,
  reason,
  rolledBack,
  shifting,
  SINCE_MS,
  snapshotOf,
  stable,
} from './fixtures.ts';

describe('the status', () => {
  it('has everything the contract promises', () => {
    expect(statusOf(snapshotOf())).toEqual({
      service: 'checkout',
      phase: 'shifting',
      revision: 5,
      since: '2026-11-20T12:00:00.000Z',
      reason: 'first try',
      source: 'file',
      stable,
      candidate,
      weights: { stable: 95, candidate: 5 },
      verdict: NO_VERDICT,
      waitingFor: null,
      traceIds: [],
      window: snapshotOf().windows,
      guards: guardsOf(),
      plan: { steps: [], step: null, advance: 'time', promote: 'manual', heldMs: 0, waitingFor: '' },
      probe: { stable: null, candidate: null },
      automation: { enabled: true, frozen: false },
      declared: { stable, candidate, weight: 5, plan: [] },
      configuration: {
        successful: true,
        since: '2026-11-20T12:00:00.000Z',
        triedAt: '2026-11-20T12:00:00.000Z',
        mistakes: [],
      },
      recording: { writable: true },
      fleet: null,
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
    const byPerson = { ...rolledBack, reasons: [], traceIds: [] } as Rollout;
    expect(statusOf(snapshotOf(byPerson)).verdict).toEqual(NO_VERDICT);
  });

  it('calls the promoted release stable while it bakes, with its own window and the former one as the way back', () => {
    const status = statusOf(snapshotOf(promoted));
    expect(status).toMatchObject({ stable: candidate, candidate: null, former: stable });
    expect(status.weights).toEqual({ stable: 100, candidate: 0 });
    expect(status.window.candidate).toEqual(snapshotOf().windows.stable);
  });

  it('says how far a rollback has come', () => {
    expect(statusOf(snapshotOf(rolledBack)).rollback).toEqual({ transactionId: 't-5', progress: 'verified' });
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
    const { events } = historyOf([eventOf(1), eventOf(2), eventOf(3)], 2);
    expect(events.map(({ seq }) => seq)).toEqual([3, 2]);
  });
});
