import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Case } from './cases.ts';
import { CORE, freePort, run, startServer, stopServer } from './children.ts';
import type { Contender, Ports } from './contenders.ts';
import type { Options } from './options.ts';
import { usageOf } from './proc.ts';
import type { Latencies } from './steady.ts';
import { saturate } from './wrk.ts';

/** What one contender did with one kind of load in one round. */
export interface Sample {
  /** Of the proxy alone, user and system. */
  readonly cpuUsPerRequest: number;
  readonly perSecond: number;
  readonly rssBytes: number;
  readonly failures: number;
  /** At half of this sample's throughput; null where it was not asked. */
  readonly latencies: Latencies | null;
}

const STEADY = join(import.meta.dirname, 'steady.ts');
/** Latency is measured where users feel it: for answers that are not all transfer, over many connections. */
const isLatencyMeasured = (one: Case, connections: number): boolean =>
  connections === 64 && one.method === 'GET' && one.answerBytes < 2 ** 20;
/** As fast as one core can ask open-loop, beside the backend. */
const STEADY_LIMIT_PER_SECOND = 15_000;

/** Starts the contender afresh, warms it up, measures it, ends it. */
export async function sample(
  contender: Contender,
  one: Case,
  connections: number,
  backend: Omit<Ports, 'listen'>,
  { seconds, warmSeconds }: Options,
): Promise<Sample> {
  const ports = { ...backend, listen: await freePort() };
  const child = await startServer(CORE.proxy, contender.command(ports), ports.listen);
  try {
    await saturate(ports.listen, one, connections, warmSeconds);
    await pause(100);
    const before = usageOf(child.pid!);
    const load = await saturate(ports.listen, one, connections, seconds);
    const after = usageOf(child.pid!);
    const latencies = isLatencyMeasured(one, connections)
      ? await steady(ports.listen, one, connections, load.perSecond / 2, seconds)
      : null;
    return {
      cpuUsPerRequest: (after.cpuUs - before.cpuUs) / load.requests,
      perSecond: load.perSecond,
      rssBytes: after.rssBytes,
      failures: load.failures,
      latencies,
    };
  } finally {
    await stopServer(child);
  }
}

async function steady(
  port: number,
  one: Case,
  connections: number,
  perSecond: number,
  seconds: number,
): Promise<Latencies> {
  const rate = Math.round(Math.min(perSecond, STEADY_LIMIT_PER_SECOND));
  const polite = spawnSync('which', ['nice']).status === 0 ? ['nice', '-n', '5'] : [];
  const program = [...polite, process.execPath, STEADY, String(port), one.path];
  const said = await run(CORE.load, [...program, ...[connections, rate, seconds].map(String)], seconds + 30);
  return JSON.parse(said) as Latencies;
}
