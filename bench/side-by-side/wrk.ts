import { join } from 'node:path';
import type { Case } from './cases.ts';
import { CORE, run } from './children.ts';

const SCRIPT = join(import.meta.dirname, '../configs/load.lua');
const UNITS: Record<string, number> = { '': 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 };

export interface Load {
  readonly requests: number;
  readonly perSecond: number;
  /** Answers that were no success, and connections that broke. */
  readonly failures: number;
}

/** Closed-loop load: every connection asks again as soon as it has its answer, which saturates the proxy. */
export async function saturate(port: number, one: Case, connections: number, seconds: number): Promise<Load> {
  const load = ['wrk', '-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '30s', '-s', SCRIPT];
  const target = [`http://127.0.0.1:${port}${one.path}`, '--', one.method, String(one.requestBytes)];
  const said = await run(CORE.load, [...load, ...target], seconds + 60);
  const [, whole = '0', elapsed = '0', read = '0', unit = ''] =
    /(\d+) requests in ([\d.]+)s, ([\d.]+)([KMGT]?)B read/.exec(said) ?? [];
  const broken = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(said)?.slice(1) ?? [];
  const refused = /Non-2xx or 3xx responses: (\d+)/.exec(said)?.[1] ?? 0;
  // Of large answers many are under way when time is up: those count by the part that came.
  const parts = one.answerBytes > 2 ** 20 ? (Number(read) * UNITS[unit]!) / one.answerBytes : 0;
  const requests = Math.max(Number(whole), parts);
  return {
    requests,
    perSecond: requests / Number(elapsed),
    failures: [...broken, refused].reduce((sum: number, count) => sum + Number(count), 0),
  };
}
