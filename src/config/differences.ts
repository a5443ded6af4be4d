import type { Release } from '../model/release.ts';
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
  'admin',
  'fleet',
  'log',
];
/** What a rollout itself is declared by: their change is an event with before and after. */
const DECLARED = ['stable', 'candidate', 'share', 'plan'] as const satisfies (keyof Config)[];

/** How one configuration differs from another, by keys of the file. */
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
    fixed: keysOf(changed.filter(isFixed)),
    adjustable: keysOf(changed.filter((path) => !isFixed(path) && !isUnder(path, DECLARED))),
  };
}

/** Settings under the keys that the file has for them: people read these names beside their file. */
function keysOf(paths: readonly string[]): readonly string[] {
  return [...new Set(paths.map(keyOf))];
}

function keyOf(path: string): string {
  return path
    .replace(/^overrideHeader$/, 'override.header')
    .replace(/^(listen\.\w+)\..*$/, '$1')
    .replace('.values.', '.')
    .replace('bodyLimitBytes', 'bodyLimit')
    .replace(/(?:Ms|Ratio)$/, '');
}

function changedPaths(before: unknown, after: unknown, path: string): string[] {
  if (!isRecord(before) || !isRecord(after)) return JSON.stringify(before) === JSON.stringify(after) ? [] : [path];
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key) => changedPaths(before[key], after[key], path === '' ? key : `${path}.${key}`));
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Why a configuration that is right by itself cannot follow this one: it needs a restart, or gives a known version another build. */
export function refusalsOf(before: Config, after: Config, known: readonly Release[]): readonly string[] {
  const fixed = differencesBetween(before, after).fixed.map((key) => {
    return `${key}: expected what Weir was started with, because a change needs a restart`;
  });
  return [...fixed, ...conflictsOf(after.candidate, known)];
}

/** Only the address of a release may move. */
function conflictsOf(release: Release | null, known: readonly Release[]): readonly string[] {
  const before = known.find(({ version }) => version === release?.version);
  if (release === null || before === undefined) return [];
  const fields = (['image', 'commit', 'configHash'] as const).filter((name) => {
    return before[name] !== undefined && release[name] !== undefined && before[name] !== release[name];
  });
  return fields.map((name) => {
    return `candidate.${name}: expected another version, because ${release.version} is known with ${name} ${before[name]}, got ${release[name]}`;
  });
}
