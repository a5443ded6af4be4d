import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** What the kernel says of a program: its own figures and those of its children, as nginx's worker, together. */
export interface Usage {
  /** User and system, in microseconds. */
  readonly cpuUs: number;
  readonly rssBytes: number;
}

const TICK_US = 1_000_000 / Number(spawnSync('getconf', ['CLK_TCK']).stdout?.toString() || 100);
/** Positions in /proc/PID/stat behind the program's name: see proc(5). */
const PARENT = 1;
const USER = 11;
const SYSTEM = 12;

/** Null when there is no such process any more. */
function statOf(pid: number): string[] | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return null;
  }
}

/** A process and all that descends from it, parents first. */
export function familyOf(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    const stat = /^\d+$/.test(name) ? statOf(Number(name)) : null;
    if (stat === null) continue;
    const parent = Number(stat[PARENT]);
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const family = [pid];
  for (const member of family) family.push(...(children.get(member) ?? []));
  return family;
}

export function usageOf(pid: number): Usage {
  let ticks = 0;
  let rssKib = 0;
  for (const member of familyOf(pid)) {
    const stat = statOf(member);
    if (stat === null) continue;
    ticks += Number(stat[USER]) + Number(stat[SYSTEM]);
    rssKib += Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${member}/status`, 'utf8'))?.[1] ?? 0);
  }
  return { cpuUs: ticks * TICK_US, rssBytes: rssKib * 1024 };
}
