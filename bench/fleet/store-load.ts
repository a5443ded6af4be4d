import type { RedisServer } from '../../test/fleet/redis-server.ts';

/** What Redis says of itself, at one moment. */
export interface StoreFigures {
  readonly atMs: number;
  readonly cpuMs: number;
  readonly scripts: number;
  /** Called by scripts. */
  readonly inner: number;
  readonly inBytes: number;
  readonly outBytes: number;
  readonly memoryBytes: number;
}

/** Between two moments, per second. */
export interface StoreLoad {
  readonly scripts: number;
  readonly inner: number;
  /** Of one core. */
  readonly cpuPercent: number;
  readonly inBytes: number;
  readonly outBytes: number;
}

const SCRIPTS = /^cmdstat_(?:evalsha|eval):calls=(\d+)/gm;
const COMMANDS = /^cmdstat_([^:]+):calls=(\d+)/gm;
/** Asked by clients themselves. */
const OUTER = new Set(['evalsha', 'eval', 'info', 'ping', 'subscribe', 'command', 'hello', 'select']);

export async function figuresOf(server: RedisServer): Promise<StoreFigures> {
  const text = String(await server.command('INFO', 'everything'));
  const number = (name: string) => Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(text)?.[1]);
  const scripts = [...text.matchAll(SCRIPTS)];
  const inner = [...text.matchAll(COMMANDS)].filter(([, name]) => !OUTER.has(name!));
  const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);
  return {
    atMs: performance.now(),
    cpuMs: (number('used_cpu_sys') + number('used_cpu_user')) * 1000,
    scripts: sum(scripts.map(([, calls]) => Number(calls))),
    inner: sum(inner.map(([, , calls]) => Number(calls))),
    inBytes: number('total_net_input_bytes'),
    outBytes: number('total_net_output_bytes'),
    memoryBytes: number('used_memory'),
  };
}

export function loadBetween(from: StoreFigures, to: StoreFigures): StoreLoad {
  const seconds = (to.atMs - from.atMs) / 1000;
  const rate = (field: keyof StoreFigures) => (to[field] - from[field]) / seconds;
  return {
    scripts: rate('scripts'),
    inner: rate('inner'),
    cpuPercent: rate('cpuMs') / 10,
    inBytes: rate('inBytes'),
    outBytes: rate('outBytes'),
  };
}
