import { PHASES } from '../model/rollout.ts';
import { FULL_SHARE } from '../model/split.ts';
import type { Snapshot } from '../model/status.ts';
import type { TallyReading } from '../model/tally.ts';
import { STATUS_CLASSES } from '../model/tally.ts';
import { type Side, SIDES } from '../model/upstream.ts';
import type { RollbackReading } from './rollbacks.ts';
import { ROLLBACK_REASONS } from './rollbacks.ts';

/** What one scrape is made from, read at one moment. */
export interface Readings {
  readonly snapshot: Snapshot;
  readonly tally: TallyReading;
  /** Connections that left HTTP and are open now. */
  readonly tunnels: Readonly<Record<Side, number>>;
  readonly rollbacks: RollbackReading;
  /** Journal writes that failed since the start. */
  readonly journalWriteFailures: number;
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
  counter('weir_refused_total', 'Requests that Weir itself would not forward.', ({ tally }) => tally.refusedHere),
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
    help: 'Rollbacks, by the guard that measured the cause, a command, or a judge that failed.',
    labels: ['reason'],
    samples: ({ rollbacks }) => ROLLBACK_REASONS.map((reason): Sample => [{ reason }, rollbacks.byReason[reason]]),
  },
  gauge('weir_last_rollback_timestamp_seconds', 'When the last rollback was; 0 when there was none.', ({ rollbacks }) =>
    rollbacks.lastAtMs === null ? 0 : rollbacks.lastAtMs / 1000,
  ),
  gauge('weir_breaker_frozen', '1 while too many rollbacks have frozen automation.', ({ snapshot }) =>
    Number(snapshot.rollout.automation.state === 'frozen'),
  ),
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
];

type Measure = (readings: Readings) => number;

export function counter(name: string, help: string, measure: Measure): Family {
  return { type: 'counter', name, help, labels: [], samples: (readings) => [[{}, measure(readings)]] };
}

export function gauge(name: string, help: string, measure: Measure): Family {
  return { ...counter(name, help, measure), type: 'gauge' };
}

function perSide(
  name: string,
  help: string,
  measure: (readings: Readings, side: (typeof SIDES)[number]) => number | null,
): Family {
  const samples = (readings: Readings): Sample[] =>
    SIDES.flatMap((upstream): Sample[] => {
      const value = measure(readings, upstream);
      return value === null ? [] : [[{ upstream }, value]];
    });
  return { type: 'gauge', name, help, labels: ['upstream'], samples };
}
