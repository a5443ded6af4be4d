import type { Config } from './schema.ts';

/** Keys that are built into listeners, scanners and files when Weir starts. */
const FIXED = [
  'service',
  'listen',
  'sticky',
  'overrideHeader',
  'shield',
  'limits.headers',
  'limits.loopDelayMs',
  'timeouts.tunnelMs',
  'timeouts.drainMs',
  'journal.dir',
  'log',
];
/** What a rollout itself is declared by: their change is an event with before and after. */
const DECLARED = ['stable', 'candidate', 'share', 'plan'] as const satisfies (keyof Config)[];

/** How one configuration differs from another, by names of settings. */
export interface Differences {
  /** Those that need a restart. */
  readonly fixed: readonly string[];
  /** Those that can be put in force at once, and are no part of the declaration. */
  readonly adjustable: readonly string[];
}

export function differencesBetween(before: Config, after: Config): Differences {
  const changed = changedPaths(before, after, '');
  const isUnder = (path: string, keys: readonly string[]) =>
    keys.some((key) => path === key || path.startsWith(`${key}.`));
  const isFixed = (path: string) => isUnder(path, FIXED);
  return {
    fixed: changed.filter(isFixed),
    adjustable: changed.filter((path) => !isFixed(path) && !isUnder(path, DECLARED)),
  };
}

function changedPaths(before: unknown, after: unknown, path: string): string[] {
  if (!isRecord(before) || !isRecord(after)) return JSON.stringify(before) === JSON.stringify(after) ? [] : [path];
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key) => changedPaths(before[key], after[key], path === '' ? key : `${path}.${key}`));
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
