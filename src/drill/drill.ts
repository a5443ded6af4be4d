import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../config/load.ts';
import { textOfMistakes } from '../config/mistake-views.ts';
import type { Config } from '../config/schema.ts';
import type { World } from '../sidecar.ts';
import { startSidecar } from '../sidecar.ts';
import { formatShare } from '../support/units.ts';
import { createDrillCalls } from './calls.ts';
import { scenesOf, slowMsOf } from './faults.ts';
import type { Pace } from './pace.ts';
import { paceOf } from './pace.ts';
import type { Stage } from './rehearse.ts';
import { rehearse, rehearseFreeze } from './rehearse.ts';
import type { Row } from './report.ts';
import { tableOf } from './report.ts';
import { startDrillUpstream } from './upstream.ts';
import { startUsers } from './users.ts';

/** Where a verb writes. Each text ends its own lines. */
export interface Output {
  out(text: string): void;
  error(text: string): void;
}

const OK = 0;
const FAILED = 1;
const BAD_CONFIGURATION = 64;

/** A breaker that takes more rollbacks than this is not rehearsed. */
const MOST_ROLLBACKS = 9;

/**
 * Rehearses the way back on a throwaway sidecar with the given configuration's own limits, against upstreams of its
 * own that break in every way: is it detected, how soon, how many users see it, and what then? Touches neither the
 * configured upstreams nor the state directory. Resolves with the exit code, 0 only when every row is as expected.
 */
export async function runDrill(file: string, world: World, format: 'table' | 'json', write: Output): Promise<number> {
  const result = await loadConfig(file);
  if ('mistakes' in result) {
    write.error(textOfMistakes(result.mistakes, format));
    return BAD_CONFIGURATION;
  }
  const dir = await mkdtemp(join(tmpdir(), 'weir-drill-'));
  try {
    const isForPeople = format === 'table';
    const rows = await playAll(result.config, dir, world, isForPeople ? write.out : () => {});
    const isAsExpected = rows.every(({ holds }) => holds);
    if (isForPeople) tellRows(rows, write);
    else write.out(`${JSON.stringify({ holds: isAsExpected, rehearsals: rows })}\n`);
    return isAsExpected ? OK : FAILED;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

function tellRows(rows: readonly Row[], write: Output): void {
  write.out(`\n${tableOf(rows).join('\n')}\n`);
  for (const { scene, reason, holds } of rows) if (!holds) write.error(`NOT as expected: ${scene}: ${reason}\n`);
}

/** @param say is told of each rehearsal as it ends. */
async function playAll(
  config: Config,
  dir: string,
  world: World,
  say: (text: string) => void,
): Promise<readonly Row[]> {
  const { clock } = world;
  const slowMs = slowMsOf(config);
  const [stable, candidate] = await Promise.all([startDrillUpstream(clock, slowMs), startDrillUpstream(clock, slowMs)]);
  const pace = paceOf(config);
  const sidecar = await startSidecar(throwaway(config, pace, dir, stable.url), world);
  const { perSecond } = pace;
  const users = startUsers({
    port: sidecar.ports.traffic,
    perSecond,
    slowMs: config.guards.p95Ms ?? Number.POSITIVE_INFINITY,
    clock,
  });
  let versions = 0;
  const nextVersion = (): string => `drill-${(versions += 1)}`;
  const stage: Stage = { clock, weir: createDrillCalls(sidecar.ports.admin), stable, candidate, users, nextVersion };
  say(`${perSecond} requests a second, ${formatShare(pace.first)} of them to the candidate\n`);
  const rows: Row[] = [];
  const tell = (row: Row): void => {
    rows.push(row);
    say(`  ${row.holds ? 'ok ' : 'NOT'} ${row.scene}: ${row.found}${row.reason === '' ? '' : `; ${row.reason}`}\n`);
  };
  try {
    for (const scene of scenesOf(config)) tell(await rehearse(stage, scene));
    const { rollbacks } = config.breaker;
    if (rollbacks <= MOST_ROLLBACKS && config.guards.errorsRatio !== null) tell(await rehearseFreeze(stage, rollbacks));
  } finally {
    users.stop();
    await sidecar.stop();
    await Promise.all([stable.close(), candidate.close()]);
  }
  return rows;
}

/** The configuration as given, but for where it listens, whom it knows, what it remembers, who may steer it, and what it would ask outside. */
function throwaway(config: Config, { plan, share }: Pace, dir: string, stableUrl: string): Config {
  const anyPort = { host: '127.0.0.1', port: 0 };
  return {
    ...config,
    listen: { traffic: anyPort, admin: anyPort, telemetry: anyPort },
    stable: { version: 'drill-0', url: stableUrl },
    candidate: null,
    plan,
    share,
    timeouts: { ...config.timeouts, drainMs: 0 },
    journal: { ...config.journal, dir },
    admin: { tokensFile: null, oidc: null, hosts: [] },
    webhooks: [],
    fleet: null,
    log: { level: 'silent', file: null },
  };
}
