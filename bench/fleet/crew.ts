import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Answer, Look, Order, Reset, Team } from './orders.ts';
import { epochMs } from './orders.ts';
import { BEAT_MS } from './settings.ts';
import type { Simulated } from './simulated.ts';
import { createSimulated } from './simulated.ts';

/** A process full of members: plays their traffic, beats for each ten times a second, and says when all have reset. */
interface Crew {
  readonly service: string;
  readonly members: Simulated[];
  firstFailureMs: number;
  /** When each was first seen to have gone back. */
  readonly resetMs: Map<Simulated, number>;
}

/** Connections that are opened at the same time. */
const OPENED_AT_ONCE = 20;
/** Members do not beat in step; a tenth of them each ten milliseconds. */
const TURNS_A_BEAT = 10;

const crews: Crew[] = [];
const late = monitorEventLoopDelay({ resolution: 10 });
let failing = { fromMs: Infinity, ratio: 0 };
let turn = 0;
let baseBytes = 0;

const answer = (what: Answer): void => void process.send!(what);

function beat(): void {
  turn = (turn + 1) % TURNS_A_BEAT;
  const nowMs = epochMs();
  const ratio = nowMs >= failing.fromMs ? failing.ratio : 0;
  for (const crew of crews) {
    for (let at = turn; at < crew.members.length; at += TURNS_A_BEAT) {
      const member = crew.members[at]!;
      if (member.turn(ratio)) crew.firstFailureMs = Math.min(crew.firstFailureMs, nowMs);
    }
    watch(crew);
  }
}

function watch(crew: Crew): void {
  if (!Number.isFinite(failing.fromMs) || crew.resetMs.size === crew.members.length) return;
  const nowMs = epochMs();
  for (const member of crew.members) {
    if (!crew.resetMs.has(member) && member.isReset()) crew.resetMs.set(member, nowMs);
  }
  if (crew.resetMs.size === crew.members.length) answer(resetOf(crew));
}

function resetOf({ service, members, firstFailureMs, resetMs }: Crew): Reset {
  const times = [...resetMs.values()];
  const { reason } = members[0]!.control.rollout();
  return { kind: 'reset', service, firstFailureMs, firstMs: Math.min(...times), lastMs: Math.max(...times), reason };
}

function heapBytes(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

async function open(teams: readonly Team[], port: number): Promise<void> {
  const waiting: (() => Promise<unknown>)[] = [];
  for (const { service, members } of teams) {
    const crew: Crew = { service, members: [], firstFailureMs: Infinity, resetMs: new Map() };
    crews.push(crew);
    for (let at = 0; at < members; at++) {
      waiting.push(async () => crew.members.push(await createSimulated(`pod-${process.pid}-${at}`, service, port)));
    }
  }
  // The first one founds the document, and loads what all share.
  await waiting.shift()?.();
  globalThis.gc?.();
  baseBytes = heapBytes();
  setInterval(beat, BEAT_MS / TURNS_A_BEAT);
  const openNext = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await next();
  };
  await Promise.all(Array.from({ length: OPENED_AT_ONCE }, openNext));
  late.enable();
}

function look(collects: boolean): Look {
  if (collects) globalThis.gc?.();
  const lateMs = late.percentile(99) / 1e6;
  late.reset();
  const { user, system } = process.cpuUsage();
  const members = crews.flatMap((crew) => crew.members);
  const [first] = members;
  return {
    kind: 'look',
    ready: members.filter((member) => member.isReady()).length,
    fleet: first?.fleet.status(first.nowMs()).members ?? 0,
    cpuMs: (user + system) / 1000,
    memberHeapBytes: (heapBytes() - baseBytes) / Math.max(1, members.length - 1),
    lateMs,
  };
}

function calm(): void {
  failing = { fromMs: Infinity, ratio: 0 };
  for (const crew of crews) {
    crew.resetMs.clear();
    crew.firstFailureMs = Infinity;
  }
}

async function start(version: string): Promise<void> {
  const candidate = { version, url: 'http://127.0.0.1:3002' };
  for (const crew of crews) {
    const [{ control }] = crew.members as [Simulated];
    const asks = { actor: 'bench', reason: 'again' };
    // The breaker would be right, but here candidates fail on purpose.
    for (const command of [
      { kind: 'set-automation', enabled: true, ...asks },
      { kind: 'start', candidate, ...asks },
    ] as const) {
      const asked = await control.ask(command);
      if (!asked.ok) throw new Error(asked.refusal.message);
    }
  }
}

async function obey(order: Order): Promise<void> {
  switch (order.kind) {
    case 'open':
      await open(order.teams, order.port);
      return answer({ kind: 'done' });
    case 'calm':
      calm();
      return answer({ kind: 'done' });
    case 'start':
      await start(order.version);
      return answer({ kind: 'done' });
    case 'fail':
      failing = order;
      return answer({ kind: 'done' });
    case 'look':
      return answer(look(order.collects));
  }
}

process.on('message', (order: Order) => void obey(order));
process.on('disconnect', () => process.exit());
