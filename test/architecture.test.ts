import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const src = join(root, 'src');

/** Which rooms a room may import from, besides itself. `main` is a room of one file; `run` and `sidecar` have a folder beside theirs. */
const ALLOWED: Record<string, string[]> = {
  model: [],
  support: [],
  config: ['model', 'support'],
  traffic: ['model', 'support'],
  health: ['model', 'support'],
  release: ['model', 'health', 'support'],
  fleet: ['model', 'health', 'support'],
  tell: ['model', 'support'],
  admin: ['model', 'support'],
  simulate: ['model', 'health', 'support'],
  cli: ['model', 'config', 'health', 'release', 'simulate', 'support'],
  demo: ['model', 'config', 'support', 'sidecar'],
  drill: ['model', 'config', 'support', 'sidecar'],
  sidecar: ['model', 'config', 'traffic', 'health', 'release', 'fleet', 'tell', 'admin', 'support'],
  run: ['model', 'config', 'support', 'tell', 'cli', 'demo', 'drill', 'sidecar'],
  main: ['run'],
};

/** Globals with one owner each, and why. */
const OWNED: { pattern: RegExp; owner: string[]; why: string }[] = [
  { pattern: /\bDate\.now\b|\bnew Date\(\)/, owner: ['support/clock.ts'], why: 'wall time comes in as an argument' },
  {
    pattern: /\bperformance\.now\b/,
    owner: ['support/clock.ts', 'admin/page/clock.ts'],
    why: 'monotonic time comes in as an argument',
  },
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
  /^release\/(plan|act|breaker|by-itself|change|declare|event|fold|pace|registry|restate|spent|weights)\.ts$/,
  /^release\/commands\//,
  /^fleet\/(?!redis\/|fleet|journal)/,
  /^fleet\/redis\/(find|keys|reason|wire|flush-script|propose-script)\.ts$/,
  /^drill\/(faults|pace|report)\.ts$/,
  /^admin\/(claims|contract|fields|identify|views|problems)\.ts$/,
  /^admin\/page\/(gauges|members|picture|rights|series|sse|steps|warnings|wishes|words)\.ts$/,
  /^cli\/(card|difference|ending|exit|fit|outcome|output|plain-text|weights)\.ts$/,
  /^cli\/card\//,
  /^admin\/openapi\//,
  /^simulate\//,
  /^support\/(units|nearest|path|problem|quote|zod-issues)\.ts$/,
  /^tell\/(families|feed|rollbacks|narrate|samples)\.ts$/,
  /^tell\/webhooks\/(body|notice|retry|slack|teams|wording)\.ts$/,
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

/** What is loaded together with a module: neither types nor what it imports later. */
function eagerImportsOf(name: string): string[] {
  return [...codeOf(name).matchAll(/^(?:import|export) (?!type )(?:[^;]*? from )?'([^']+)'/gm)].map(
    (match) => match[1]!,
  );
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

  it.each(sources.filter((name) => name.startsWith('admin/page/')))(
    '%s brings nothing else to the browser than its neighbours, and builds no markup from text',
    (name) => {
      const code = codeOf(name);
      const loaded = [...code.matchAll(/^(?:import|export) (?!type\b).*?from '([^']+)'/gms)].map((match) => match[1]!);
      const strangers = loaded.filter((target) => !/^\.\/[\w-]+\.(?:ts|js)$/.test(target));
      expect(strangers).toEqual(name.endsWith('uplot.d.ts') ? ['uplot'] : []);
      expect(code).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|Storage\b|document\.cookie/);
    },
  );

  it.each(sources.filter((name) => PURE.some((pattern) => pattern.test(name)) && name.startsWith('admin/page/')))(
    '%s knows no document',
    (name) => {
      expect(codeOf(name)).not.toMatch(/\b(?:document\.|navigator\.|fetch\()/);
    },
  );

  it('loads only when somebody asks what few ask for', () => {
    const isLazy = (target: string) => target.includes('openapi/') || target.includes('zod-to-openapi');
    const eager = sources
      .filter((name) => !name.startsWith('admin/openapi/'))
      .filter((name) => eagerImportsOf(name).some(isLazy));
    expect(eager).toEqual([]);
  });

  it('loads what belongs to fleets only for a fleet', () => {
    const isOfFleets = (target: string) => /^(?:fleet\/|sidecar\/fleet\.ts$|@redis\/)/.test(target);
    const eager = sources.flatMap((name) => {
      const targets = eagerImportsOf(name).map((target) =>
        target.startsWith('.') ? join(dirname(name), target) : target,
      );
      return targets.filter(isOfFleets).map((target) => [name, target]);
    });
    // Modules of the fleet's own, and the one that is loaded for it, may need each other.
    expect(eager.filter(([name, target]) => !isOfFleets(name!) || target!.startsWith('@redis/'))).toEqual([]);
  });

  it('serves a plain configuration with these packages, and loads the others where a configuration asks for them', () => {
    // What `serve` imports by name when it starts belongs to every sidecar, whatever the configuration.
    const started = importsOf('run/serve.ts').map((target) => (target.startsWith('.') ? join('run', target) : target));
    const loaded = new Set(['run.ts', 'run/serve.ts', ...started]);
    for (const name of loaded) {
      if (!sources.includes(name)) continue;
      for (const target of eagerImportsOf(name)) {
        loaded.add(target.startsWith('.') ? join(dirname(name), target) : target);
      }
    }
    const packages = [...loaded].filter((name) => !sources.includes(name) && !name.startsWith('node:'));
    expect(packages.toSorted()).toEqual(['commander', 'express', 'helmet', 'pino', 'prom-client', 'yaml', 'zod']);
    const rooms = new Set([...loaded].filter((name) => sources.includes(name)).map(roomOf));
    expect(rooms.intersection(new Set(['fleet', 'demo', 'drill', 'simulate']))).toEqual(new Set());
  });

  it('has a map that lists exactly the files that exist', () => {
    const listed = [...textOf('README.md').matchAll(/^\s*-\s+`([^`]+)`/gm)].map((match) => match[1]!);
    expect(listed.toSorted()).toEqual(files.filter((name) => name !== 'README.md'));
  });

  it.each(sources)('%s is a room of at most 250 lines', (name) => {
    expect(textOf(name).split('\n').length).toBeLessThanOrEqual(251);
  });
});
