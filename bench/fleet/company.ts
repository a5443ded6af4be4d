import { setTimeout as pause } from 'node:timers/promises';
import type { RedisServer } from '../../test/fleet/redis-server.ts';
import { startRedis } from '../../test/fleet/redis-server.ts';
import type { CrewProcess } from './crews.ts';
import { startCrew } from './crews.ts';
import type { Look, Reset, Team } from './orders.ts';
import { epochMs } from './orders.ts';

/** A store and the processes whose members share it. */
export interface Company {
  readonly server: RedisServer;
  readonly processes: number;
  looks(collects?: boolean): Promise<readonly Look[]>;
  allReady(): Promise<void>;
  /** From now on the candidates of all members fail this share of their requests; answers when all have reset. */
  fail(ratio: number): Promise<readonly (Reset & { readonly fromMs: number })[]>;
  /** Sends out a new candidate, and waits until all have it. */
  startAgain(): Promise<void>;
  end(): Promise<void>;
}

/** Two connections of each member, and those that are just closing. */
const MOST_CONNECTIONS = '15000';
const PATIENCE_MS = 60_000;

/** One process for each entry, with these teams of members. */
export async function startCompany(teams: readonly (readonly Team[])[]): Promise<Company> {
  const server = await startRedis(['--maxclients', MOST_CONNECTIONS]);
  const kill = (): void => void process.kill(server.pid, 'SIGKILL');
  process.once('exit', kill);
  const crews: CrewProcess[] = [];
  const members = teams.flat().reduce((sum, team) => sum + team.members, 0);
  let candidates = 0;

  const looks = (collects = false) => Promise.all(crews.map((crew) => crew.look(collects)));

  async function allReady(): Promise<void> {
    const untilMs = performance.now() + PATIENCE_MS;
    for (;;) {
      const ready = (await looks()).reduce((sum, look) => sum + look.ready, 0);
      if (ready === members) return;
      if (performance.now() > untilMs) throw new Error(`only ${ready} of ${members} members have joined`);
      await pause(500);
    }
  }

  async function end(): Promise<void> {
    for (const crew of crews) crew.end();
    await server.stop();
    process.off('exit', kill);
  }

  try {
    for (const theirs of teams) {
      const crew = startCrew();
      crews.push(crew);
      await crew.tell({ kind: 'open', port: server.port, teams: theirs });
    }
    await allReady();
  } catch (error) {
    await end();
    throw error;
  }

  return {
    server,
    processes: crews.length,
    looks,
    allReady,
    async fail(ratio) {
      const fromMs = epochMs() + 500;
      await Promise.all(crews.map((crew) => crew.tell({ kind: 'fail', fromMs, ratio })));
      const resets = await Promise.all(crews.map((crew, at) => resetsOf(crew, teams[at]!.length)));
      return resets.flat().map((reset) => ({ ...reset, fromMs }));
    },
    async startAgain() {
      for (const crew of crews) await crew.tell({ kind: 'calm' });
      await crews[0]!.tell({ kind: 'start', version: `v1.3.${++candidates}` });
      await allReady();
    },
    end,
  };
}

async function resetsOf(crew: CrewProcess, count: number): Promise<readonly Reset[]> {
  const found: Reset[] = [];
  const untilMs = performance.now() + PATIENCE_MS;
  while (found.length < count) {
    found.push(...crew.resets());
    if (performance.now() > untilMs) throw new Error(`not every member has reset within ${PATIENCE_MS} ms`);
    await pause(20);
  }
  return found;
}
