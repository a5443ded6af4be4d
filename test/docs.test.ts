import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { createAdminApi } from '../src/admin/api.ts';
import { PROBLEMS } from '../src/admin/problems.ts';
import { EXIT } from '../src/cli/exit.ts';
import { readConfig } from '../src/config/load.ts';
import { schema } from '../src/config/schema.ts';
import { shapeOf } from '../src/support/zod-issues.ts';
import { OUTCOMES } from '../src/model/outcome.ts';
import { PHASES } from '../src/model/rollout.ts';
import { programOf } from '../src/run/program.ts';
import { REFUSALS } from '../src/model/tally.ts';
import { ROLLBACK_REASONS } from '../src/tell/rollbacks.ts';
import { FAULT_CODES, FAULT_STATUS } from '../src/traffic/wire/fault.ts';
import { snapshotOf } from './admin/fixtures.ts';
import { differences, firstNames, namesIn, rowsOf, sectionOf } from './markdown.ts';
import { filledMetrics } from './tell/fixtures.ts';

/**
 * What the documentation claims, held to the code, both ways. A failure says which name is missing where: a new key,
 * metric, path or code needs its row in README.md, and a name that has left the code must leave the page too.
 */
const root = resolve(import.meta.dirname, '..');
const textOf = (file: string) => readFileSync(join(root, file), 'utf8');
const readme = textOf('README.md');
const decisions = textOf('docs/decisions.md');
const { scripts, ...packages } = JSON.parse(textOf('package.json')) as Record<string, Record<string, string>>;

describe('the configuration table', () => {
  const rows = rowsOf(sectionOf(readme, 'Configuration'));
  const where = 'README.md, "Configuration",';

  function keysOf(node: unknown, prefix = ''): { key: string; isLeaf: boolean }[] {
    return Object.entries(shapeOf(node) ?? {}).flatMap(([name, inner]) => {
      const key = `${prefix}${name}`;
      return [{ key, isLeaf: shapeOf(inner) === null }, ...keysOf(inner, `${key}.`)];
    });
  }
  const keys = keysOf(schema);

  it('has a row for every key that takes a value, and none for any other', () => {
    const documented = firstNames(rows);
    const wanted = keys.filter(({ key, isLeaf }) => isLeaf || documented.includes(key)).map(({ key }) => key);
    expect(differences(where, documented, 'a key of src/config/schema.ts', wanted)).toEqual([]);
  });

  const least = {
    service: 'checkout',
    stable: { version: 'v1', url: 'http://127.0.0.1:3000' },
    candidate: { version: 'v2', url: 'http://127.0.0.1:3001' },
    guards: { errors: '0.5%', p95: '300ms' },
    probe: { path: '/healthz' },
    webhooks: [{ url: 'https://hooks.example/' }],
    fleet: { url: 'redis://127.0.0.1:6379' },
  };

  it.each(
    rows.flatMap(([cell, , , value]) =>
      namesIn(cell).flatMap((key) => {
        return value!.startsWith('`') && key !== 'candidate' ? [{ key, value: namesIn(value)[0]! }] : [];
      }),
    ),
  )('says the real default of $key: $value', ({ key, value }) => {
    const [outer = '', inner] = key.split('.');
    const raw: Record<string, unknown> = { ...least };
    const given = inner === undefined ? {} : { [inner]: parse(value) };
    const before = raw[outer];
    if (inner === undefined) raw[outer] = parse(value);
    else raw[outer] = Array.isArray(before) ? [{ ...before[0], ...given }] : { ...(before as object), ...given };
    expect(readConfig(JSON.stringify(raw), '')).toEqual(readConfig(JSON.stringify(least), ''));
  });

  it('is right that the limits are on without `guards`, and off when it is given without them', () => {
    const { guards: _, ...without } = least;
    expect(readConfig(JSON.stringify(without), '')).toEqual(readConfig(JSON.stringify(least), ''));
    expect(readConfig(JSON.stringify({ ...least, guards: {} }), '')).toMatchObject({
      config: { guards: { errorsRatio: null, p95Ms: null } },
    });
  });
});

describe('the tables of what can happen', () => {
  it('tell every outcome', () => {
    const documented = firstNames(rowsOf(sectionOf(readme, 'Outcomes')));
    expect(differences('README.md, "Outcomes",', documented, 'in src/model/outcome.ts', OUTCOMES)).toEqual([]);
  });

  it('tell every phase', () => {
    const documented = firstNames(rowsOf(sectionOf(readme, 'How a reset happens')));
    expect(differences('README.md, "How a reset happens",', documented, 'in src/model/rollout.ts', PHASES)).toEqual([]);
  });

  const codesByStatus = (section: string) =>
    rowsOf(sectionOf(readme, section)).flatMap(([status, codes]) => namesIn(codes).map((code) => `${status} ${code}`));

  it('tell every code of an answer made here, under its status', () => {
    // The first says that nothing is wrong; the other is never shown to a client.
    const unseen = ['none', 'malformed-status-line'];
    const real = FAULT_CODES.map((code, fault) => `${FAULT_STATUS[fault]} ${code}`);
    const shown = real.filter((row) => !unseen.some((code) => row.endsWith(` ${code}`)));
    const documented = codesByStatus('Answers made here');
    expect(differences('README.md, "Answers made here",', documented, 'in traffic/wire/fault.ts', shown)).toEqual([]);
  });

  it('tell every problem of the admin API, under its status', () => {
    const real = Object.entries(PROBLEMS).map(([code, { status }]) => `${status} ${code}`);
    const documented = rowsOf(sectionOf(readme, 'Admin API'))
      .filter(([status]) => /^\d{3}$/.test(status!))
      .flatMap(([status, codes]) => namesIn(codes).map((code) => `${status} ${code}`));
    expect(differences('README.md, "Admin API",', documented, 'in src/admin/problems.ts', real)).toEqual([]);
  });

  it('tell every exit code', () => {
    const real = Object.values(EXIT).map(String);
    const documented = rowsOf(sectionOf(readme, 'Exit codes')).map(([code]) => code!);
    expect(differences('README.md, "Exit codes",', documented, 'an exit code of src/cli/exit.ts', real)).toEqual([]);
  });
});

describe('the paths', () => {
  it('of the admin API are all told, with their methods', () => {
    const app = createAdminApi({
      look: () => snapshotOf(),
      history: () => [],
      ask: async () => ({ ok: true }),
      report: () => {},
    });
    const real = app.router.stack.flatMap(({ route }) => {
      // A route also answers all other methods, which express names by nothing.
      const methods = route?.stack.map(({ method }) => method).filter((method) => method !== undefined) ?? [];
      return methods.map((method) => `${method.toUpperCase()} ${route!.path.replaceAll(/:(\w+)/g, '{$1}')}`);
    });
    const documented = rowsOf(sectionOf(readme, 'Admin API'))
      .filter(([path]) => path!.startsWith('`/'))
      .flatMap(([path, method]) => namesIn(path).map((name) => `${method} ${name}`));
    expect(real.length).toBeGreaterThan(0);
    expect(differences('README.md, "Admin API",', documented, 'a route of src/admin/routes.ts', real)).toEqual([]);
  });

  it('of telemetry are all told', () => {
    const real = [...textOf('src/tell/telemetry.ts').matchAll(/'(\/[a-z]+)'/g)].map((match) => match[1]!);
    const documented = firstNames(rowsOf(sectionOf(readme, 'Telemetry'))).filter((name) => name.startsWith('/'));
    expect(differences('README.md, "Telemetry",', documented, 'in src/tell/telemetry.ts', real)).toEqual([]);
  });
});

describe('the metrics', () => {
  const rows = rowsOf(sectionOf(readme, 'Telemetry')).filter(([cell]) => !cell!.startsWith('`/'));

  it('are all told, and no other', async () => {
    const text = await filledMetrics().scrape();
    const real = [...text.matchAll(/^# TYPE (\S+)/gm)].map((match) => match[1]!);
    const sampled = new Set([...text.matchAll(/^(\w+?)(?:_bucket|_sum|_count)?(?:\{| )/gm)].map((match) => match[1]!));
    expect(real.filter((name) => !sampled.has(name))).toEqual([]);
    expect(differences('README.md, "Telemetry",', firstNames(rows), 'in /metrics', real)).toEqual([]);
  });

  it('are told with their labels', async () => {
    const text = await filledMetrics().scrape();
    const labelled = [...text.matchAll(/^(\w+?)(?:_bucket)?\{([^}]*)\} /gm)];
    const real = labelled.flatMap(([, name, labels = '']) =>
      [...labels.matchAll(/(\w+)="/g)].filter(([, label]) => label !== 'le').map(([, label]) => `${name} ${label}`),
    );
    const known = new Set(firstNames(rows));
    const documented = rows.flatMap(([cell, labels]) =>
      namesIn(cell).flatMap((name) => namesIn(labels).map((label) => `${name} ${label}`)),
    );
    const ofKnown = real.filter((pair) => known.has(pair.split(' ')[0]!));
    expect(differences('README.md, "Telemetry",', documented, 'a label in /metrics', ofKnown)).toEqual([]);
  });

  it('name every reason of a refusal', () => {
    const [row] = rows.filter(([cell]) => cell === '`weir_refused_total`');
    const named = namesIn(row?.[2]).filter((name) => !name.startsWith('limits.'));
    expect(differences('the row of weir_refused_total', named, 'a reason', REFUSALS)).toEqual([]);
  });

  it('name every reason of a rollback', () => {
    const [row] = rows.filter(([cell]) => cell === '`weir_rollbacks_total`');
    expect(differences('the row of weir_rollbacks_total', namesIn(row?.[2]), 'a reason', ROLLBACK_REASONS)).toEqual([]);
  });
});

describe('the commands', () => {
  const commands = [...readme.matchAll(/\bnpm (?:run (?:-s )?([\w:-]+)|(test|start))/g)].map(
    (match) => match[1] ?? match[2]!,
  );
  const program = programOf({ environment: {}, end: () => {} }, { version: '0.0.0', commit: 'test' });
  const verbs = program.commands.map((command) => command.name());

  it('of package.json are all told, and no other', () => {
    expect(differences('README.md', commands, 'a script of package.json', Object.keys(scripts!))).toEqual([]);
  });

  it('of the program are all told, and no other', () => {
    const documented = [...readme.matchAll(/`weir ([a-z][\w-]*)/g)].map((match) => match[1]!);
    expect(differences('README.md', documented, 'a verb in src/run.ts', verbs)).toEqual([]);
  });

  it('of the program each have a description, and help with an example', () => {
    const texts: string[] = [];
    for (const command of program.commands) {
      command.configureOutput({ writeOut: (text) => void texts.push(text) });
      command.outputHelp();
      expect([command.name(), command.description()]).not.toContain('');
      expect([command.name(), texts.splice(0).join('')]).toEqual([
        command.name(),
        expect.stringMatching(/Examples?:\n {2}weir /),
      ]);
    }
  });
});

describe('the files', () => {
  const pages = readdirSync(join(root, 'docs')).flatMap((page) => (page.endsWith('.md') ? [`docs/${page}`] : []));
  it.each(['README.md', 'CHANGELOG.md', ...pages])('that %s names are there', (document) => {
    const named = [
      ...textOf(document).matchAll(
        /(?<![\w./])((?:src|test|config|bench|docs|image|packaging|prometheus|grafana|k8s|systemd|compose|\.ci)\/[\w./-]*\w)/g,
      ),
    ];
    expect(named.map((match) => match[1]!).filter((file) => !existsSync(join(root, file)))).toEqual([]);
  });

  it('lie in folders that the README tells, all of them and no other', () => {
    const unversioned = ['node_modules', 'dist', 'state', 'coverage'];
    const entries = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const real = entries.map(({ name }) => name).filter((name) => !name.startsWith('.') && !unversioned.includes(name));
    const documented = rowsOf(sectionOf(readme, 'Development'))
      .flatMap((cells) => cells.flatMap((cell) => namesIn(cell)))
      .flatMap((name) => (/^[\w-]+\/$/.test(name) ? [name.slice(0, -1)] : []));
    const kept = [...new Set(documented)].filter((name) => !unversioned.includes(name));
    expect(differences('README.md, "Development",', kept, 'a folder', real)).toEqual([]);
  });

  it('of the README have one place for the table of the bench', () => {
    expect(readme.match(/^<!-- \/?bench -->$/gm)).toEqual(['<!-- bench -->', '<!-- /bench -->']);
  });
});

describe('the decisions', () => {
  it('have a row for every dependency, and none for any other', () => {
    const { dependencies, devDependencies, optionalDependencies } = packages;
    const real = [dependencies, devDependencies, optionalDependencies].flatMap((group) => Object.keys(group ?? {}));
    const documented = firstNames(rowsOf(sectionOf(decisions, 'Dependencies')));
    expect(differences('docs/decisions.md, "Dependencies",', documented, 'in package.json', real)).toEqual([]);
  });
});
