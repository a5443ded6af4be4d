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
import type { WebhookReading } from './webhooks/webhooks.ts';

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
  /** What `/readyz` says. */
  readonly isReady: () => boolean;
  readonly tally: () => TallyReading;
  readonly tunnels: () => Readings['tunnels'];
  readonly rollbacks: () => RollbackReading;
  /** Journal writes that failed since the start. */
  readonly journalWriteFailures: () => number;
  readonly webhooks: () => WebhookReading;
  readonly build: { readonly version: string; readonly node: string };
}

/** The one family that is a histogram. */
export const LATENCY_FAMILY = {
  type: 'histogram',
  name: 'weir_request_duration_seconds',
  help: 'Time from dispatch to the response head.',
  labels: ['upstream'],
} as const;

export const BUILD_FAMILY = {
  type: 'gauge',
  name: 'weir_build_info',
  help: 'Always 1; the labels say what runs.',
  labels: ['version', 'node'],
} as const;

export function createMetrics(parts: MetricsParts): Metrics {
  const { look, isReady, tally, tunnels, rollbacks, journalWriteFailures, webhooks, build } = parts;
  const registry = new Registry();
  let readings: Readings | undefined;
  /** The registry asks every metric before it first waits, so all of them see the same readings. */
  const current = (): Readings => {
    readings ??= {
      snapshot: look(),
      isReady: isReady(),
      tally: tally(),
      tunnels: tunnels(),
      rollbacks: rollbacks(),
      journalWriteFailures: journalWriteFailures(),
      webhooks: webhooks(),
    };
    return readings;
  };

  const families = [...FAMILIES, ...RUNTIME_FAMILIES, buildOf(build)];
  for (const family of families) registry.registerMetric(metricOf(family, current));
  const { name, help } = LATENCY_FAMILY;
  registry.registerMetric(
    new CountedHistogram({
      name,
      help,
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
    // One without labels is at 0 from its reset on, also where there is nothing to measure.
    if (labelNames.length === 0) this.remove();
    for (const [labels, value] of samples(current())) this.inc(labels, value);
  };
  const configuration = { name, help, labelNames, registers: [], collect };
  return type === 'counter' ? new Counter<string>(configuration) : new Gauge<string>(configuration);
}

function buildOf(build: MetricsParts['build']): Family {
  return { ...BUILD_FAMILY, samples: () => [[build, 1]] };
}
