import type { RolloutEvent } from '../../src/model/event.ts';
import type { Release } from '../../src/model/release.ts';
import type { Declaration, Rollout } from '../../src/model/rollout.ts';
import type { Snapshot } from '../../src/model/status.ts';
import { NO_VERDICT } from '../../src/model/verdict.ts';
import type { Reason } from '../../src/model/verdict.ts';

export const stable: Release = { version: 'v1.2.3', url: 'http://127.0.0.1:3000' };
export const candidate: Release = { version: 'v1.3.0', url: 'http://127.0.0.1:3001', commit: 'abc123' };
const declared: Declaration = { stable, candidate, share: 500 };

export const SINCE_MS = Date.UTC(2026, 10, 20, 12, 0, 0);
const common = { revision: 5, sinceMs: SINCE_MS, reason: 'first try', stable, declared };

export const shifting: Rollout = { ...common, phase: 'shifting', candidate, share: 500 };
export const idle: Rollout = { ...common, phase: 'idle', candidate: null };

export const reason: Reason = {
  measure: 'errors',
  measured: 0.072,
  relation: '>',
  limit: 0.005,
  samples: 500,
  text: 'candidate failures 7.2 % > 0.5 % (36 of 500 requests in 41 s)',
};
export const rolledBack: Rollout = {
  ...common,
  phase: 'rolled-back',
  candidate,
  reasons: [reason],
  traceIds: ['4bf9'],
};

export function snapshotOf(rollout: Rollout = shifting, changes: Partial<Snapshot> = {}): Snapshot {
  return {
    service: 'checkout',
    rollout,
    share: rollout.phase === 'shifting' ? rollout.share : 0,
    verdict: NO_VERDICT,
    waitingFor: null,
    splitSuspicion: null,
    windows: {
      stable: { requests: 950, errors: 1, errorRatio: 1 / 950, p95Ms: 120 },
      candidate: { requests: 0, errors: 0, errorRatio: null, p95Ms: null },
    },
    recording: { writable: true },
    ...changes,
  };
}

export function eventOf(seq: number, changes: Partial<RolloutEvent> = {}): RolloutEvent {
  return {
    seq,
    at: new Date(SINCE_MS + seq * 1000).toISOString(),
    type: 'weights-set',
    actor: 'operator',
    transactionId: `t-${seq}`,
    service: 'checkout',
    phase: 'shifting',
    stable,
    candidate,
    weights: { before: { stable: 100, candidate: 0 }, after: { stable: 95, candidate: 5 } },
    reason: 'first try',
    reasons: [],
    traceIds: [],
    step: null,
    declared,
    ...changes,
  };
}
