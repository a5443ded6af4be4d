import type { SideReading, TallyReading } from '../../src/model/tally.ts';
import type { MetricsParts } from '../../src/tell/metrics.ts';
import { createRollbackCount } from '../../src/tell/rollbacks.ts';
import { createMetrics } from '../../src/tell/metrics.ts';
import { createTally } from '../../src/health/tally.ts';
import { MEASURES } from '../../src/model/verdict.ts';
import { fleetLook, reason, rolledBack, snapshotOf } from '../admin/fixtures.ts';

const side: SideReading = {
  requestsByClass: { '1xx': 0, '2xx': 90, '3xx': 1, '4xx': 2, '5xx': 3, none: 4 },
  failuresByReason: { status: 3, 'timed-out': 4, reset: 0 },
  latency: { boundsSeconds: [0.1, 0.3, 1], counts: [50, 40, 5, 1], sumSeconds: 12.5 },
  inFlight: 7,
};

export const NO_ROLLBACKS = createRollbackCount().read().byReason;

export const tally: TallyReading = {
  sides: { stable: side, candidate: { ...side, inFlight: 0 } },
  clientAborts: 11,
  refusalsByReason: { head: 12, busy: 14, overloaded: 15, connections: 16, 'under-way': 17 },
  shielded: 13,
};

const MANY = Number.MAX_SAFE_INTEGER;

/** Every family with all its label sets, every number as long as it gets, and as many histogram bounds as there may be. */
export function filledMetrics() {
  const counts = createTally(null);
  for (let limitMs = 1000.123; limitMs < 2000; limitMs++) counts.addBound(limitMs);
  const read = counts.read();
  const filled = (side: SideReading): SideReading => ({
    requestsByClass: filledWith(side.requestsByClass),
    failuresByReason: filledWith(side.failuresByReason),
    latency: { ...side.latency, counts: side.latency.counts.map(() => 1e14 + 0.5), sumSeconds: MANY / 1000 },
    inFlight: MANY,
  });
  const window = { requests: MANY, errors: MANY, errorRatio: 1 / 3, p95Ms: 1000 / 3 };
  const probe = { up: true, failures: 0, of: 5, passes: 3, last: '200' };
  const rollout = { ...rolledBack, automation: { state: 'frozen', reason: 'r', rollbacksAtMs: [] } } as const;
  const reasons = MEASURES.map((measure) => ({ ...reason, measure, lnEvidence: -1 / 3 }));
  return metricsOf({
    look: () =>
      snapshotOf(rollout, {
        verdict: { kind: 'unhealthy', reasons },
        windows: { stable: window, candidate: window },
        probes: { stable: probe, candidate: probe },
        splitSuspicion: 'half of them',
        recording: { writable: false, error: 'ENOSPC', sinceMs: 0 },
        fleet: { ...fleetLook, members: MANY, syncAgeMs: MANY / 1000, version: { epoch: 1, seq: MANY } },
      }),
    tally: () => ({
      sides: { stable: filled(read.sides.stable), candidate: filled(read.sides.candidate) },
      clientAborts: MANY,
      refusalsByReason: filledWith(read.refusalsByReason),
      shielded: MANY,
    }),
    tunnels: () => ({ stable: MANY, candidate: MANY }),
    rollbacks: () => ({ byReason: filledWith(NO_ROLLBACKS), lastAtMs: 1_700_000_000_123 }),
    journalWriteFailures: () => MANY,
  });
}

function filledWith<T extends object>(counters: T): T {
  return Object.fromEntries(Object.keys(counters).map((name) => [name, MANY])) as T;
}

export function metricsOf(changes: Partial<MetricsParts> = {}) {
  return createMetrics({
    look: () => snapshotOf(),
    isReady: () => true,
    tally: () => tally,
    tunnels: () => ({ stable: 8, candidate: 9 }),
    rollbacks: () => ({ byReason: { ...NO_ROLLBACKS, errors: 2, command: 1 }, lastAtMs: 1_700_000_000_500 }),
    journalWriteFailures: () => 3,
    webhooks: () => ({ byResult: { delivered: 4, failed: 5, dropped: 6 }, queued: 14 }),
    build: { version: '0.1.0', node: 'v24.21.0' },
    ...changes,
  });
}
