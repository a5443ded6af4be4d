import type { FleetLook } from '../model/fleet.ts';
import { DELIVERY_RESULTS } from '../model/notice.ts';
import { PHASES } from '../model/rollout.ts';
import { FULL_SHARE } from '../model/split.ts';
import type { Snapshot } from '../model/status.ts';
import type { TallyReading } from '../model/tally.ts';
import { REFUSALS, STATUS_CLASSES } from '../model/tally.ts';
import { type Side, SIDES } from '../model/upstream.ts';
import type { Measure } from '../model/verdict.ts';
import type { RollbackReading } from './rollbacks.ts';
import { ROLLBACK_REASONS } from './rollbacks.ts';
import type { WebhookReading } from './webhooks/webhooks.ts';

/** What one scrape is made from, read at one moment. */
export interface Readings {
  readonly snapshot: Snapshot;
  /** What `/readyz` says. */
  readonly isReady: boolean;
  readonly tally: TallyReading;
  /** Connections that left HTTP and are open now. */
  readonly tunnels: Readonly<Record<Side, number>>;
  readonly rollbacks: RollbackReading;
  /** Journal writes that failed since the start. */
  readonly journalWriteFailures: number;
  readonly webhooks: WebhookReading;
}

export type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

/** A counter or gauge, and where its samples come from. A sample that cannot be measured is left out. */
export interface Family {
  readonly type: 'counter' | 'gauge';
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  readonly samples: (readings: Readings) => readonly Sample[];
}

/** Every label has a closed set of values: no path, user, raw status or error text ever becomes one. */
export const FAMILIES: readonly Family[] = [
  {
    type: 'counter',
    name: 'weir_requests_total',
    help: 'Requests whose exchange with an upstream ended, by class of the status; none where no head came.',
    labels: ['upstream', 'code_class'],
    samples: ({ tally }) =>
      SIDES.flatMap((upstream) =>
        STATUS_CLASSES.map((code_class): Sample => [
          { upstream, code_class },
          tally.sides[upstream].requestsByClass[code_class],
        ]),
      ),
  },
  {
    type: 'counter',
    name: 'weir_request_failures_total',
    help: 'Requests that count as a failure of the upstream.',
    labels: ['upstream', 'reason'],
    samples: ({ tally }) =>
      SIDES.flatMap((upstream) =>
        Object.entries(tally.sides[upstream].failuresByReason).map(([reason, count]): Sample => [
          { upstream, reason },
          count,
        ]),
      ),
  },
  counter('weir_client_aborts_total', 'Requests whose client went away first.', ({ tally }) => tally.clientAborts),
  {
    type: 'counter',
    name: 'weir_refused_total',
    help: 'Requests that Weir itself would not forward.',
    labels: ['reason'],
    samples: ({ tally }) => REFUSALS.map((reason): Sample => [{ reason }, tally.refusalsByReason[reason]]),
  },
  counter(
    'weir_shielded_total',
    'Failed requests to the candidate that were replayed on stable.',
    ({ tally }) => tally.shielded,
  ),
  perSide('weir_in_flight', 'Requests under way.', ({ tally }, side) => tally.sides[side].inFlight),
  perSide('weir_tunnels', 'Upgraded connections that are open.', ({ tunnels }, side) => tunnels[side]),
  perSide('weir_weight_ratio', 'Share of requests in force, 0..1.', ({ snapshot: { share } }, side) =>
    side === 'candidate' ? share / FULL_SHARE : (FULL_SHARE - share) / FULL_SHARE,
  ),
  perSide(
    'weir_window_error_ratio',
    'Failed requests in the window, 0..1; absent without a request.',
    ({ snapshot }, side) => snapshot.windows[side].errorRatio,
  ),
  perSide(
    'weir_window_p95_seconds',
    '95th percentile to the response head in the window; absent without a request.',
    ({ snapshot }, side) => {
      const { p95Ms } = snapshot.windows[side];
      return p95Ms === null ? null : p95Ms / 1000;
    },
  ),
  limitOf(
    'errors',
    'weir_limit_ratio',
    'Limit on the share of failed requests, 0..1; absent while nothing is judged.',
    1,
  ),
  limitOf('p95', 'weir_limit_seconds', 'Limit on the P95; absent while nothing is judged.', 1000),
  {
    type: 'gauge',
    name: 'weir_evidence',
    help: 'ln of the evidence over what it takes to break the guard: broken from 0 on. Absent while nothing is judged.',
    labels: ['guard'],
    samples: ({ snapshot }) =>
      snapshot.verdict.reasons.flatMap(({ measure: guard, lnEvidence }): Sample[] =>
        lnEvidence === undefined ? [] : [[{ guard }, lnEvidence]],
      ),
  },
  gauge('weir_split_suspect', '1 while the requests contradict the split, at one in a million.', ({ snapshot }) =>
    Number(snapshot.splitSuspicion !== null),
  ),
  {
    type: 'gauge',
    name: 'weir_phase',
    help: '1 for the phase in which the rollout stands.',
    labels: ['phase'],
    samples: ({ snapshot }) => PHASES.map((phase): Sample => [{ phase }, Number(phase === snapshot.rollout.phase)]),
  },
  {
    type: 'counter',
    name: 'weir_rollbacks_total',
    help: 'Rollbacks, by the guard that measured the cause, a command, or a judge that failed; a fleet counts each at the member that wrote it.',
    labels: ['reason'],
    samples: ({ rollbacks }) => ROLLBACK_REASONS.map((reason): Sample => [{ reason }, rollbacks.byReason[reason]]),
  },
  gauge('weir_last_rollback_timestamp_seconds', 'When the last rollback was; 0 when there was none.', ({ rollbacks }) =>
    rollbacks.lastAtMs === null ? 0 : rollbacks.lastAtMs / 1000,
  ),
  gauge('weir_breaker_frozen', '1 while too many rollbacks have frozen automation.', ({ snapshot }) =>
    Number(snapshot.rollout.automation.state === 'frozen'),
  ),
  gauge('weir_ready', '1 while /readyz says so.', ({ isReady }) => Number(isReady)),
  perSide('weir_probe_up', '1 while the probe passes; absent where none is sent.', ({ snapshot }, side) => {
    const probe = snapshot.probes[side];
    return probe === null ? null : Number(probe.up);
  }),
  gauge('weir_config_last_reload_successful', '1 unless the last reading of the configuration failed.', (readings) =>
    Number(readings.snapshot.reload.successful),
  ),
  gauge(
    'weir_config_last_reload_success_timestamp_seconds',
    'When the configuration was last read well.',
    ({ snapshot }) => snapshot.reload.succeededAtMs / 1000,
  ),
  gauge('weir_journal_writable', '1 while the journal can be written.', ({ snapshot }) =>
    Number(snapshot.recording.writable),
  ),
  counter(
    'weir_journal_write_failures_total',
    'Journal writes that failed.',
    ({ journalWriteFailures }) => journalWriteFailures,
  ),
  {
    type: 'counter',
    name: 'weir_webhook_deliveries_total',
    help: 'Notifications that were delivered, given up, or dropped.',
    labels: ['result'],
    samples: ({ webhooks }) => DELIVERY_RESULTS.map((result): Sample => [{ result }, webhooks.byResult[result]]),
  },
  ofFleet('weir_fleet_connected', "1 while the fleet's store answers.", ({ connected }) => Number(connected)),
  ofFleet('weir_fleet_members', 'Members that are present in the fleet.', ({ members }) => members),
  ofFleet(
    'weir_fleet_sync_age_seconds',
    "Since the fleet's store last answered; absent before it first has.",
    ({ syncAgeMs }) => (syncAgeMs === null ? null : syncAgeMs / 1000),
  ),
  ofFleet(
    'weir_fleet_document_version',
    "Last event of the fleet's document that is followed here.",
    ({ version }) => version.seq,
  ),
  ofFleet('weir_fleet_withdrawn', '1 while this member alone has gone back to stable.', ({ withdrawnHere }) =>
    Number(withdrawnHere !== null),
  ),
  gauge('weir_webhook_queue', 'Notifications that wait or are under way.', ({ webhooks }) => webhooks.queued),
];

export function counter(name: string, help: string, read: (readings: Readings) => number): Family {
  return { type: 'counter', name, help, labels: [], samples: (readings) => [[{}, read(readings)]] };
}

export function gauge(name: string, help: string, read: (readings: Readings) => number): Family {
  return { ...counter(name, help, read), type: 'gauge' };
}

/** Absent without a fleet. */
function ofFleet(name: string, help: string, read: (fleet: FleetLook) => number | null): Family {
  const samples = ({ snapshot: { fleet } }: Readings): Sample[] => {
    const value = fleet === null ? null : read(fleet);
    return value === null ? [] : [[{}, value]];
  };
  return { type: 'gauge', name, help, labels: [], samples };
}

/** One guard's limit, as the verdict names it. `perUnit` of the verdict's unit make one of the metric's. */
function limitOf(guard: Measure, name: string, help: string, perUnit: number): Family {
  const samples = ({ snapshot: { verdict } }: Readings): Sample[] =>
    verdict.reasons.filter(({ measure }) => measure === guard).map(({ limit }): Sample => [{ guard }, limit / perUnit]);
  return { type: 'gauge', name, help, labels: ['guard'], samples };
}

function perSide(name: string, help: string, read: (readings: Readings, side: Side) => number | null): Family {
  const samples = (readings: Readings): Sample[] =>
    SIDES.flatMap((upstream): Sample[] => {
      const value = read(readings, upstream);
      return value === null ? [] : [[{ upstream }, value]];
    });
  return { type: 'gauge', name, help, labels: ['upstream'], samples };
}
