import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const src = join(root, 'src');

/** Which rooms a room may import from, besides itself. `main`, `run` and `sidecar` are rooms of one file. */
const ALLOWED: Record<string, string[]> = {
  model: [],
  support: [],
  config: ['model', 'support'],
  traffic: ['model', 'support'],
  health: ['model', 'support'],
  release: ['model', 'health', 'support'],
  tell: ['model', 'support'],
  admin: ['model', 'support'],
  simulate: ['model', 'health', 'support'],
  cli: ['model', 'config', 'health', 'release', 'simulate', 'support'],
  demo: ['model', 'config', 'support', 'sidecar'],
  drill: ['model', 'config', 'support', 'sidecar'],
  sidecar: ['model', 'config', 'traffic', 'health', 'release', 'tell', 'admin', 'support'],
  run: ['model', 'config', 'support', 'tell', 'cli', 'demo', 'drill', 'sidecar'],
  main: ['run'],
};

/** Globals with one owner each, and why. */
const OWNED: { pattern: RegExp; owner: string[]; why: string }[] = [
  { pattern: /\bDate\.now\b|\bnew Date\(\)/, owner: ['support/clock.ts'], why: 'wall time comes in as an argument' },
  { pattern: /\bperformance\.now\b/, owner: ['support/clock.ts'], why: 'monotonic time comes in as an argument' },
  { pattern: /\bMath\.random\b|\brandomUUID\b/, owner: ['support/random.ts'], why: 'chance comes in as an argument' },
  { pattern: /\bprocess\.env\b/, owner: ['main.ts'], why: 'configuration has one door' },
  { pattern: /\bconsole\./, owner: [], why: 'people read stdout through the CLI, machines through the log' },
];

/** Files that decide and therefore may not touch the world: no Node module, no timer. */
const PURE = [
  /^model\//,
  /^config\/(?!load|watch)/,
  /^traffic\/(route|shield|failure)\.ts$/,
  /^traffic\/wire\//,
  /^health\/(?!prober)/,
  /^release\/(plan|act|breaker|by-itself|change|declare|event|fold|pace|registry|weights)\.ts$/,
  /^release\/commands\//,
  /^drill\/(faults|report)\.ts$/,
  /^admin\/(contract|fields|views|problems)\.ts$/,
  /^simulate\//,
  /^support\/units\.ts$/,
  /^tell\/(families|rollbacks|narrate)\.ts$/,
];

const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((name) => statSync(join(src, name)).isFile())
  .map((name) => name.replaceAll('\\', '/'))
  .toSorted();
const sources = files.filter((name) => name.endsWith('.ts'));
const textOf = (name: string) => readFileSync(join(src, name), 'utf8');
const codeOf = (name: string) => textOf(name).replaceAll(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*$/gm, '');
const roomOf = (name: string) => (name.includes('/') ? name.slice(0, name.indexOf('/')) : name.replace(/\.ts$/, ''));

function importsOf(name: string): string[] {
  return [...codeOf(name).matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1]!);
}

describe('the architecture', () => {
  it('has only the rooms of the import table', () => {
    expect(new Set(sources.map(roomOf)).difference(new Set(Object.keys(ALLOWED)))).toEqual(new Set());
  });

  it.each(sources)('%s imports only from rooms that its own may use', (name) => {
    const room = roomOf(name);
    const strangers = importsOf(name)
      .filter((target) => target.startsWith('.'))
      .map((target) => roomOf(relative(src, join(src, dirname(name), target))))
      .filter((target) => target !== room && !ALLOWED[room]?.includes(target));
    expect(strangers).toEqual([]);
  });

  it.each(sources)('%s uses no global that has another owner', (name) => {
    const misused = OWNED.filter(({ pattern, owner }) => !owner.includes(name) && pattern.test(codeOf(name)));
    expect(misused.map(({ why }) => why)).toEqual([]);
  });

  it.each(sources.filter((name) => PURE.some((pattern) => pattern.test(name))))(
    '%s touches nothing outside',
    (name) => {
      expect(importsOf(name).filter((target) => target.startsWith('node:'))).toEqual([]);
      expect(codeOf(name)).not.toMatch(/\bset(?:Timeout|Interval|Immediate)\b/);
    },
  );

  it('has a map that lists exactly the files that exist', () => {
    const listed = [...textOf('README.md').matchAll(/^\s*-\s+`([^`]+)`/gm)].map((match) => match[1]!);
    expect(listed.toSorted()).toEqual(files.filter((name) => name !== 'README.md'));
  });

  it.each(sources)('%s is a room of at most 250 lines', (name) => {
    expect(textOf(name).split('\n').length).toBeLessThanOrEqual(251);
  });
});
