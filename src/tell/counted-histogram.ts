import type { MetricObjectWithValues, MetricValueWithName } from 'prom-client';
import { Histogram } from 'prom-client';
import type { LatencyReading } from '../model/tally.ts';

type Label = 'upstream' | 'le';
type Values = MetricObjectWithValues<MetricValueWithName<Label>>;

export interface CountedHistogramParts {
  readonly name: string;
  readonly help: string;
  /** One reading per upstream, taken when it is asked for. */
  readonly read: () => Iterable<readonly [upstream: string, LatencyReading]>;
}

/**
 * A histogram whose bins were counted elsewhere. The library's own only counts one observation at a
 * time; this one answers the registry's question for values from finished counts instead.
 */
export class CountedHistogram extends Histogram<Label> {
  readonly #parts: CountedHistogramParts;

  constructor(parts: CountedHistogramParts) {
    // Of the label names only `le` is not ours to declare: the library reserves it.
    super({ name: parts.name, help: parts.help, labelNames: ['upstream'], registers: [] });
    this.#parts = parts;
  }

  override async get(): Promise<Values> {
    const { name, help, read } = this.#parts;
    const values = [...read()].flatMap(([upstream, reading]) => [...seriesOf(name, upstream, reading)]);
    return { name, help, type: 'histogram', aggregator: 'sum', collect: () => {}, values };
  }

  /** The registry prefers this over `get` where there is one, and the base class has one. */
  getForPromString(): Promise<Values> {
    return this.get();
  }
}

function* seriesOf(name: string, upstream: string, reading: LatencyReading): Generator<MetricValueWithName<Label>> {
  const { boundsSeconds, counts, sumSeconds } = reading;
  let count = 0;
  for (const [bin, bound] of boundsSeconds.entries()) {
    count += counts[bin] ?? 0;
    yield { metricName: `${name}_bucket`, labels: { upstream, le: bound }, value: count };
  }
  count += counts[boundsSeconds.length] ?? 0;
  yield { metricName: `${name}_bucket`, labels: { upstream, le: '+Inf' }, value: count };
  yield { metricName: `${name}_sum`, labels: { upstream }, value: sumSeconds };
  yield { metricName: `${name}_count`, labels: { upstream }, value: count };
}
