import type { FleetLook } from '../../src/model/fleet.ts';
import { AUTOMATION_ON } from '../../src/model/automation.ts';
import type { RolloutEvent } from '../../src/model/event.ts';
import type { Guards } from '../../src/model/guards.ts';
import type { Release } from '../../src/model/release.ts';
import type { Declaration, Rollout } from '../../src/model/rollout.ts';
import { shareOf } from '../../src/model/rollout.ts';
import type { Snapshot } from '../../src/model/status.ts';
import { NO_VERDICT } from '../../src/model/verdict.ts';
import type { Reason } from '../../src/model/verdict.ts';

export const stable: Release = { version: 'v1.2.3', url: 'http://127.0.0.1:3000' };
export const candidate: Release = { version: 'v1.3.0', url: 'http://127.0.0.1:3001', commit: 'abc123' };
const declared: Declaration = { stable, candidate, share: 500, plan: [] };

export const SINCE_MS = Date.UTC(2026, 10, 20, 12, 0, 0);
const common = {
  seq: 5,
  revision: 5,
  sinceMs: SINCE_MS,
  reason: 'first try',
  source: 'file',
  transactionId: 't-5',
  stable,
  releases: [{ release: stable, status: 'stable', atMs: SINCE_MS }],
  automation: AUTOMATION_ON,
  declared,
  spentTokens: [],
} as const;

export const shifting: Rollout = { ...common, phase: 'shifting', candidate, share: 500, plan: [], step: null };
export const idle: Rollout = { ...common, phase: 'idle', candidate: null, pending: null };
export const promoted: Rollout = { ...common, phase: 'promoted', stable: candidate, candidate: null, former: stable };

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
  rollback: { transactionId: 't-5', progress: 'verified' },
};

export const fleetLook: FleetLook = {
  member: 'pod-a',
  connected: true,
  sinceMs: 1_700_000_000_000,
  members: 3,
  withdrawn: 1,
  syncAgeMs: 400,
  version: { epoch: 1, seq: 6 },
  storeVersion: { epoch: 1, seq: 7 },
  pending: 1,
  leads: true,
  window: {
    stable: { requests: 2850, errors: 3, errorRatio: 3 / 2850, p95Ms: null },
    candidate: { requests: 150, errors: 2, errorRatio: 2 / 150, p95Ms: null },
  },
  obstacle: null,
  withdrawnHere: null,
  warning: null,
  roster: [
    { member: 'pod-c', version: { epoch: 1, seq: 7 }, ageMs: 300, withdrawn: true },
    { member: 'pod-b', version: { epoch: 1, seq: 5 }, ageMs: 900, withdrawn: false },
    { member: 'pod-a', version: { epoch: 1, seq: 7 }, ageMs: 100, withdrawn: false },
  ],
};

export function guardsOf(changes: Partial<Guards> = {}): Guards {
  return {
    windowMs: 120_000,
    errorsRatio: 0.005,
    p95Ms: 300,
    rule: 'evidence',
    minRequests: 20,
    falseRollbackMs: 2_592_000_000,
    worseThanStable: null,
    ...changes,
  };
}

export function snapshotOf(rollout: Rollout = shifting, changes: Partial<Snapshot> = {}): Snapshot {
  return {
    service: 'checkout',
    rollout,
    share: shareOf(rollout),
    verdict: NO_VERDICT,
    waitingFor: null,
    splitSuspicion: null,
    fleet: null,
    windows: {
      stable: { requests: 950, errors: 1, errorRatio: 1 / 950, p95Ms: 120 },
      candidate: { requests: 0, errors: 0, errorRatio: null, p95Ms: null },
    },
    guards: guardsOf(),
    probes: { stable: null, candidate: null },
    pace: { advance: 'time', promote: 'manual', heldMs: 0, waitingFor: '' },
    reload: { successful: true, succeededAtMs: SINCE_MS, triedAtMs: SINCE_MS, mistakes: [] },
    recording: { writable: true },
    ...changes,
  };
}

export function eventOf(seq: number, changes: Partial<RolloutEvent> = {}): RolloutEvent {
  return {
    seq,
    format: 1,
    revision: seq,
    at: new Date(SINCE_MS + seq * 1000).toISOString(),
    type: 'weights-set',
    actor: 'operator',
    source: 'operator',
    transactionId: `t-${seq}`,
    progress: null,
    forced: false,
    service: 'checkout',
    phase: 'shifting',
    stable,
    candidate,
    former: null,
    weights: { before: { stable: 100, candidate: 0 }, after: { stable: 95, candidate: 5 } },
    reason: 'first try',
    reasons: [],
    traceIds: [],
    step: null,
    plan: [],
    pending: false,
    releases: [],
    automation: AUTOMATION_ON,
    declared,
    ...changes,
  };
}
