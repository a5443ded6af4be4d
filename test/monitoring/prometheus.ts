import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { freePort } from '../ports.ts';
import { ask } from '../sidecar/client.ts';
import { eventually } from '../sidecar/eventually.ts';
import { temporaryDirectory } from '../sidecar/settings.ts';
import { root, RULES_FILE } from './files.ts';

/** Labels and the values of one series, oldest first. */
export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly number[];
}

export interface RuleState {
  readonly name: string;
  readonly type: 'alerting' | 'recording';
  readonly health: string;
  readonly lastError?: string;
  /** Of an alert. */
  readonly state?: 'inactive' | 'pending' | 'firing';
  readonly alerts?: readonly { readonly annotations: Readonly<Record<string, string>> }[];
}

/** A real Prometheus that scrapes every second and evaluates Weir's rules as often. */
export interface Prometheus {
  /** The query over time since the start, as a graph asks it; series without a number are left out. */
  overTime(query: string): Promise<readonly Series[]>;
  rules(): Promise<readonly RuleState[]>;
}

/** @param targets the telemetry ports of each job, on loopback. */
export async function startPrometheus(targets: Readonly<Record<string, readonly number[]>>): Promise<Prometheus> {
  const folder = temporaryDirectory();
  const port = await freePort();
  const beganAtSeconds = Date.now() / 1000;
  const jobs = Object.entries(targets).map(([job, ports]) => ({
    job_name: job,
    static_configs: ports.map((target) => ({
      targets: [`127.0.0.1:${target}`],
      labels: { namespace: 'shop', pod: `${job}-${target}` },
    })),
  }));
  const configuration = {
    global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
    rule_files: [join(root, RULES_FILE)],
    scrape_configs: jobs,
  };
  writeFileSync(join(folder, 'prometheus.json'), JSON.stringify(configuration));
  const given = {
    'config.file': join(folder, 'prometheus.json'),
    'storage.tsdb.path': join(folder, 'series'),
    'web.listen-address': `127.0.0.1:${port}`,
    'log.level': 'warn',
  };
  const flags = Object.entries(given).map(([name, value]) => `--${name}=${value}`);
  const child = spawn('prometheus', flags, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const ended = new Promise((resolve) => child.on('close', resolve));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });

  async function get<T>(path: string): Promise<T> {
    const { status, text } = await ask(`http://127.0.0.1:${port}${path}`);
    if (status !== 200) throw new Error(`${status} ${text} ${said}`);
    const { data }: { data: T } = JSON.parse(text);
    return data;
  }
  await eventually(() => get('/api/v1/status/buildinfo'));

  return {
    async overTime(query) {
      const end = Date.now() / 1000;
      const range = new URLSearchParams({ query, start: String(beganAtSeconds), end: String(end), step: '1' });
      type Found = { readonly metric: Series['metric']; readonly values: readonly [number, string][] };
      const { result } = await get<{ result: readonly Found[] }>(`/api/v1/query_range?${range.toString()}`);
      return result
        .map(({ metric, values }) => ({ metric, values: values.map(([, value]) => Number(value)) }))
        .filter(({ values }) => values.some((value) => !Number.isNaN(value)));
    },
    async rules() {
      const { groups } = await get<{ groups: readonly { rules: readonly RuleState[] }[] }>('/api/v1/rules');
      return groups.flatMap(({ rules }) => rules);
    },
  };
}
