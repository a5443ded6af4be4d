import type { Metric } from 'prom-client';
import { Counter, Gauge, Registry } from 'prom-client';
import type { Snapshot } from '../model/status.ts';
import type { TallyReading } from '../model/tally.ts';
import { SIDES } from '../model/upstream.ts';
import { CountedHistogram } from './counted-histogram.ts';
import type { Family, Readings } from './families.ts';
import { FAMILIES } from './families.ts';
import type { RollbackReading } from './rollbacks.ts';
import { RUNTIME_FAMILIES } from './runtime.ts';

/**
 * Everything Prometheus may ask, filled from readings at the moment of the scrape: the data path
 * counts in integers and knows nothing of metrics. One scrape takes each reading once, so that its
 * numbers belong together.
 */
export interface Metrics {
  readonly contentType: string;
  /** The exposition text. */
  readonly scrape: () => Promise<string>;
}

export interface MetricsParts {
  readonly look: () => Snapshot;
  readonly tally: () => TallyReading;
  readonly tunnels: () => Readings['tunnels'];
  readonly rollbacks: () => RollbackReading;
  /** Journal writes that failed since the start. */
  readonly journalWriteFailures: () => number;
  readonly build: { readonly version: string; readonly node: string };
}

export function createMetrics({ look, tally, tunnels, rollbacks, journalWriteFailures, build }: MetricsParts): Metrics {
  const registry = new Registry();
  let readings: Readings | undefined;
  /** The registry asks every metric before it first waits, so all of them see the same readings. */
  const current = (): Readings => {
    readings ??= {
      snapshot: look(),
      tally: tally(),
      tunnels: tunnels(),
      rollbacks: rollbacks(),
      journalWriteFailures: journalWriteFailures(),
    };
    return readings;
  };

  const families = [...FAMILIES, ...RUNTIME_FAMILIES, buildOf(build)];
  for (const family of families) registry.registerMetric(metricOf(family, current));
  registry.registerMetric(
    new CountedHistogram({
      name: 'weir_request_duration_seconds',
      help: 'Time from dispatch to the response head.',
      read: () => SIDES.map((side) => [side, current().tally.sides[side].latency]),
    }),
  );

  return {
    contentType: registry.contentType,
    scrape() {
      readings = undefined;
      return registry.metrics();
    },
  };
}

function metricOf(family: Family, current: () => Readings): Metric<string> {
  const { type, name, help, labels: labelNames, samples } = family;
  const collect = function (this: Counter<string> | Gauge<string>): void {
    this.reset();
    for (const [labels, value] of samples(current())) this.inc(labels, value);
  };
  const configuration = { name, help, labelNames, registers: [], collect };
  return type === 'counter' ? new Counter<string>(configuration) : new Gauge<string>(configuration);
}

function buildOf(build: MetricsParts['build']): Family {
  return {
    type: 'gauge',
    name: 'weir_build_info',
    help: 'Always 1; the labels say what runs.',
    labels: ['version', 'node'],
    samples: () => [[build, 1]],
  };
}
