import type { Sample } from './sample.ts';

/** All rounds of one contender with one kind of load. */
export interface Row {
  readonly name: string;
  readonly samples: readonly Sample[];
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

const median = (row: Row, of: (sample: Sample) => number): number => medianOf(row.samples.map(of));

const cpu = (row: Row): number => median(row, ({ cpuUsPerRequest }) => cpuUsPerRequest);

/** The Markdown table of one kind of load: medians over the rounds, and the ratio of CPU time to nginx's. */
export function tableOf(rows: readonly Row[]): string {
  const nginx = rows.find(({ name }) => name === 'nginx');
  const hasLatency = rows.some(({ samples }) => samples[0]?.latencies !== null);
  const head = ['', 'µs CPU per request', '× nginx', 'requests/s', 'RSS MB'];
  if (hasLatency) head.push('P50 µs', 'P99 µs', 'at requests/s');
  const body = rows.map((row) => {
    const failures = row.samples.reduce((sum, one) => sum + one.failures, 0);
    const cells = [
      failures === 0 ? row.name : `${row.name} (${failures} failures)`,
      rounded(cpu(row)),
      nginx === undefined ? '–' : (cpu(row) / cpu(nginx)).toFixed(2),
      Math.round(median(row, ({ perSecond }) => perSecond)).toLocaleString('en'),
      Math.round(median(row, ({ rssBytes }) => rssBytes) / 1e6).toString(),
    ];
    if (hasLatency) {
      cells.push(rounded(median(row, ({ latencies }) => latencies?.p50Us ?? 0)));
      cells.push(rounded(median(row, ({ latencies }) => latencies?.p99Us ?? 0)));
      cells.push(Math.round(median(row, ({ latencies }) => latencies?.perSecond ?? 0)).toLocaleString('en'));
    }
    return cells;
  });
  const rule = head.map((_, column) => (column === 0 ? '---' : '---:'));
  return [head, rule, ...body].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

const rounded = (value: number): string => (value < 100 ? value.toFixed(1) : Math.round(value).toLocaleString('en'));
