import type { SideReading, TallyReading } from '../../src/model/tally.ts';
import type { MetricsParts } from '../../src/tell/metrics.ts';
import { createRollbackCount } from '../../src/tell/rollbacks.ts';
import { createMetrics } from '../../src/tell/metrics.ts';
import { snapshotOf } from '../admin/fixtures.ts';

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
  refusedHere: 12,
  shielded: 13,
};

export function metricsOf(changes: Partial<MetricsParts> = {}) {
  return createMetrics({
    look: () => snapshotOf(),
    tally: () => tally,
    tunnels: () => ({ stable: 8, candidate: 9 }),
    rollbacks: () => ({ byReason: { ...NO_ROLLBACKS, errors: 2, command: 1 }, lastAtMs: 1_700_000_000_500 }),
    journalWriteFailures: () => 3,
    build: { version: '0.1.0', node: 'v24.21.0' },
    ...changes,
  });
}
