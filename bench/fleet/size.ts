import { setTimeout as pause } from 'node:timers/promises';
import type { Company } from './company.ts';
import { startCompany } from './company.ts';
import type { StoreLoad } from './store-load.ts';
import { figuresOf, loadBetween } from './store-load.ts';

/** A fleet of one size: what it costs while all is well, and how long it takes to agree on a reset. */
export interface SizeFigures {
  readonly members: number;
  readonly load: StoreLoad;
  /** While 5 % fail, until all have agreed. */
  readonly stressed: StoreLoad;
  /** From the moment the candidate begins to fail until all have agreed; one a round. */
  readonly someFailMs: readonly number[];
  readonly allFailMs: readonly number[];
  readonly storeBytesPerMember: number;
  /** Each of these of one member, with its window and its connections, as it is in the simulation. */
  readonly heapBytes: number;
  readonly cpuPercent: number;
  /** Of the processes with the members: where this is long, the bench itself is what is slow. */
  readonly lateMs: number;
}

const PROCESSES = 2;
const ROUNDS = 3;
const WARM_MS = 8000;
const MEASURED_MS = 8000;
const BETWEEN_MS = 3000;
const SOME_FAIL = 0.05;

export async function measureSize(members: number, say: (text: string) => void): Promise<SizeFigures> {
  say(`${members} members: opening ${members * 2} connections`);
  const shares = Array.from({ length: PROCESSES }, (_, at) => Math.floor((members + at) / PROCESSES));
  const teams = shares.map((share) => [{ service: 'checkout', members: share }]);
  const company = await startCompany(teams.filter(([team]) => team!.members > 0));
  try {
    await pause(WARM_MS);
    say(`${members} members: measuring what they cost`);
    const quiet = await measureQuiet(company, members);
    const someFailMs: number[] = [];
    const allFailMs: number[] = [];
    let stressed = quiet.load;
    for (let round = 1; round <= ROUNDS; round++) {
      say(`${members} members: failing, ${round} of ${ROUNDS}`);
      if (round > 1) await startAgain(company);
      const from = await figuresOf(company.server);
      someFailMs.push(await timeToAgree(company, SOME_FAIL));
      stressed = loadBetween(from, await figuresOf(company.server));
      await startAgain(company);
      allFailMs.push(await timeToAgree(company, 1));
    }
    return { members, ...quiet, stressed, someFailMs, allFailMs };
  } finally {
    await company.end();
  }
}

async function startAgain(company: Company): Promise<void> {
  await company.startAgain();
  await pause(BETWEEN_MS);
}

async function measureQuiet(company: Company, members: number) {
  const looks = await company.looks();
  const from = await figuresOf(company.server);
  await pause(MEASURED_MS);
  const to = await figuresOf(company.server);
  const later = await company.looks();
  const seconds = (to.atMs - from.atMs) / 1000;
  const cpuMs = later.reduce((sum, look, at) => sum + look.cpuMs - looks[at]!.cpuMs, 0);
  const collected = await company.looks(true);
  return {
    load: loadBetween(from, to),
    storeBytesPerMember: to.memoryBytes / members,
    heapBytes: collected.reduce((sum, look) => sum + look.memberHeapBytes, 0) / collected.length,
    cpuPercent: cpuMs / seconds / 10 / members,
    lateMs: Math.max(...later.map(({ lateMs }) => lateMs)),
  };
}

async function timeToAgree(company: Company, ratio: number): Promise<number> {
  const resets = await company.fail(ratio);
  return Math.max(...resets.map(({ lastMs, fromMs }) => lastMs - fromMs));
}
