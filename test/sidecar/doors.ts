import type { StatusView } from '../../src/model/view.ts';
import type { RolloutEvent } from '../../src/model/event.ts';
import type { Answer } from './client.ts';
import { ask } from './client.ts';

/** What a sidecar shows to the outside, whether it runs in this process or in one of its own. */
export interface Doors {
  readonly ports: { readonly traffic: number; readonly admin: number; readonly telemetry: number };
  readonly traffic: string;
  status(): Promise<StatusView>;
  history(): Promise<readonly RolloutEvent[]>;
  /** Sends a change to the admin API. */
  change(method: string, path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  readyz(): Promise<number>;
  /** The value of one sample; undefined when it is not there. Without labels: the sum over all of them. */
  metric(name: string, labels?: Readonly<Record<string, string>>): Promise<number | undefined>;
}

export function doorsOf(ports: Doors['ports']): Doors {
  const admin = `http://127.0.0.1:${ports.admin}`;
  const telemetry = `http://127.0.0.1:${ports.telemetry}`;
  return {
    ports,
    traffic: `http://127.0.0.1:${ports.traffic}/`,
    async status() {
      const status: StatusView = JSON.parse((await ask(`${admin}/v1/status`)).text);
      return status;
    },
    async history() {
      const { events }: { events: RolloutEvent[] } = JSON.parse((await ask(`${admin}/v1/history`)).text);
      return events;
    },
    change(method, path, body, headers = {}) {
      const text = typeof body === 'string' || body instanceof Buffer ? body : JSON.stringify(body);
      return ask(`${admin}${path}`, {
        method,
        body: text,
        headers: { 'content-type': 'application/json', ...headers },
      });
    },
    readyz: async () => (await ask(`${telemetry}/readyz`)).status,
    metric: async (name, labels) => sampleOf((await ask(`${telemetry}/metrics`)).text, name, labels),
  };
}

function sampleOf(exposition: string, name: string, labels: Readonly<Record<string, string>> = {}): number | undefined {
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  const values = exposition
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .filter((line) => wanted.every((label) => line.includes(label)))
    .map((line) => Number(line.slice(line.lastIndexOf(' ') + 1)));
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0);
}
