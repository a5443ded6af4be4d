import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatMistake, loadConfig, readConfig } from '../../src/config/load.ts';
import { temporaryDirectory } from '../sidecar/settings.ts';

const LEAST = 'service: checkout\nstable: { version: v1, url: http://127.0.0.1:3000 }\n';

/** Each mistake as a person would see it. */
function mistakesOf(text: string): string[] {
  const result = readConfig(text, 'weir.yaml');
  return 'mistakes' in result ? result.mistakes.map(formatMistake) : [];
}

describe('a valid configuration', () => {
  it('has every default, with units, when only the required keys are given', () => {
    expect(readConfig(LEAST, 'weir.yaml')).toEqual({
      config: {
        service: 'checkout',
        listen: {
          traffic: { host: '0.0.0.0', port: 8080 },
          admin: { host: '127.0.0.1', port: 9901 },
          telemetry: { host: '0.0.0.0', port: 9902 },
        },
        stable: { version: 'v1', url: 'http://127.0.0.1:3000' },
        candidate: null,
        share: 500,
        plan: [],
        advance: 'time',
        promote: 'manual',
        sticky: null,
        overrideHeader: null,
        shield: {
          methods: ['GET', 'HEAD', 'OPTIONS'],
          bodyLimitBytes: 65_536,
          budgetRatio: 0.2,
          mark: false,
          idempotencyKey: false,
        },
        guards: {
          windowMs: 120_000,
          errorsRatio: 0.005,
          p95Ms: 300,
          rule: 'evidence',
          minRequests: 20,
          falseRollbackMs: 30 * 86_400_000,
          worseThanStable: null,
        },
        probe: null,
        breaker: { rollbacks: 2, withinMs: 3_600_000 },
        rollout: { bakeMs: 600_000, allowForce: false },
        timeouts: {
          connectMs: 2000,
          headMs: 30_000,
          bodyMs: 60_000,
          requestHeadMs: 10_000,
          keepAliveMs: 75_000,
          tunnelMs: 300_000,
          drainMs: 25_000,
        },
        limits: { headBytes: 32_768, headers: 200, connections: 10_000, inFlight: 1024, loopDelayMs: 250 },
        journal: { dir: './state', keepReleases: 5, resumeWithinMs: 600_000 },
        admin: { tokensFile: null, oidc: null, hosts: [] },
        log: { level: 'info', file: null },
        webhooks: [],
        fleet: null,
      },
    });
  });

  it('may have a plan, a probe and a bake', () => {
    const plan = 'plan: [{ weight: 5%, hold: 2m }, { weight: 100%, hold: 5s, gate: { url: "https://gate.example/" } }]';
    const result = readConfig(`${LEAST}${plan}\nprobe: { path: /up, failures: 1, of: 2 }\nrollout: { bake: 1m }`, '');
    expect(result).toHaveProperty('config.plan', [
      { share: 500, holdMs: 120_000, gate: null },
      { share: 10_000, holdMs: 5000, gate: 'https://gate.example/' },
    ]);
    const probe = { path: '/up', everyMs: 5000, timeoutMs: 1000, failures: 1, of: 2, passes: 3 };
    expect(result).toHaveProperty('config.probe', probe);
    expect(result).toHaveProperty('config.rollout.bakeMs', 60_000);
  });

  it('is frozen throughout', () => {
    const result = readConfig(LEAST, 'weir.yaml');
    const unfrozen = (value: unknown): boolean =>
      typeof value === 'object' && value !== null && (!Object.isFrozen(value) || Object.values(value).some(unfrozen));
    expect('config' in result && unfrozen(result.config)).toBe(false);
  });

  it('may be JSON, also when it is indented by tabs', () => {
    const json = JSON.stringify(
      { service: 'checkout', stable: { version: 'v1', url: 'http://127.0.0.1:3000' } },
      null,
      '\t',
    );
    expect(readConfig(json, 'weir.json')).toEqual(readConfig(LEAST, 'weir.yaml'));
  });

  it('has a guard off when guards are given without it, or with null', () => {
    const result = readConfig(`${LEAST}guards: { window: 1m, p95: null }`, 'weir.yaml');
    expect(result).toHaveProperty('config.guards', {
      windowMs: 60_000,
      errorsRatio: null,
      p95Ms: null,
      rule: 'evidence',
      minRequests: 20,
      falseRollbackMs: 30 * 86_400_000,
      worseThanStable: null,
    });
  });

  it('may ask for the plain rule, and for a comparison with stable', () => {
    const result = readConfig(`${LEAST}guards: { rule: plain, worseThanStable: 1.5, falseRollback: 1h }`, 'weir.yaml');
    expect(result).toMatchObject({
      config: { guards: { rule: 'plain', worseThanStable: 1.5, falseRollbackMs: 3_600_000 } },
    });
  });

  it('sends a candidate the share of its weight, and the default where none is given', () => {
    const candidate = 'candidate: { version: v2, url: "http://127.0.0.1:3001" }\n';
    expect(readConfig(`${LEAST}${candidate}weight: 12.34%`, '')).toHaveProperty('config.share', 1234);
    expect(readConfig(`${LEAST}${candidate}`, '')).toHaveProperty('config.share', 500);
  });

  it('may name no weight, or 0%, without a candidate', () => {
    expect(readConfig(`${LEAST}weight: 0%\ncandidate: null`, '')).toHaveProperty('config.share', 0);
  });

  it('may reuse a value by an alias', () => {
    const text = 'service: &name checkout\nstable: { version: *name, url: http://127.0.0.1:3000 }';
    expect(readConfig(text, '')).toHaveProperty('config.stable.version', 'checkout');
  });
});

describe('the syntax of a file', () => {
  it.each([
    [
      'a list that is never closed',
      'service: [a\nb: 2\n',
      /^weir\.yaml:2: expected valid YAML or JSON: flow sequence /,
    ],
    ['a key given twice', `${LEAST}guards:\n  p95: 1s\n  p95: 2s\n`, /^weir\.yaml:5: guards\.p95: duplicate key/],
    [
      'a key given twice, in a list',
      `${LEAST}webhooks:\n  - {}\n  - events: []\n    events: []\n`,
      /^weir\.yaml:6: webhooks\[1\]\.events: duplicate key/m,
    ],
    ['nothing', '', /^weir\.yaml:1: expected a mapping of settings, .*got nothing$/],
    ['only comments', '# nothing\n', /^weir\.yaml:1: expected a mapping .*got nothing$/],
    ['a list', '- a\n', /^weir\.yaml:1: expected a mapping .*got a list$/],
    ['a word', 'checkout\n', /^weir\.yaml:1: expected a mapping .*got "checkout"$/],
    ['a second document', `${LEAST}---\na: 1\n`, /^weir\.yaml:3: expected one YAML document/],
    ['a tag', 'service: !secret a\n', /^weir\.yaml:1: expected valid YAML or JSON: unresolved tag: !secret$/],
    ['an alias to nothing', 'a: 1\nservice: *b\n', /^weir\.yaml:2: unresolved alias/],
    ['IPv6 without quotes', `${LEAST}listen:\n  admin: [::1]:9901\n`, /^weir\.yaml:4: expected valid YAML or JSON: /],
  ])('tells of %s', (_, text, pattern) => {
    expect(mistakesOf(text).join('\n')).toMatch(pattern);
  });

  it('refuses aliases that would fill the memory', () => {
    const rows = ['a: &a [x,x,x,x,x,x,x,x,x,x]'];
    for (const name of 'bcdefgh') {
      const before = `*${String.fromCodePoint(name.codePointAt(0)! - 1)}`;
      rows.push(`${name}: &${name} [${Array.from({ length: 10 }, () => before).join(',')}]`);
    }
    expect(mistakesOf(rows.join('\n')).join('\n')).toMatch(/excessive alias count/);
  });

  it('tells a hundred keys given twice, and how many more there are', () => {
    const told = mistakesOf(`${LEAST}${'service: b\n'.repeat(5000)}`);
    expect(told).toHaveLength(101);
    expect(told.at(-1)).toMatch(/^weir\.yaml:\d+: and 4900 such mistakes more$/);
  });

  it('is not looked at where the file is larger than anybody needs', () => {
    const keys = Array.from({ length: 40_000 }, (_, index) => `key${index}: 1\n`);
    expect(mistakesOf(`${LEAST}${keys.join('')}`)).toEqual([
      expect.stringMatching(/^weir\.yaml: expected a file of at most 262144 characters, got \d+$/),
    ]);
  });

  it('goes on past a key given twice, to tell every mistake at once', () => {
    expect(mistakesOf(`${LEAST}service: b\nweight: 5`)).toEqual([
      'weir.yaml:3: service: duplicate key, expected each key once',
      'weir.yaml:4: weight: expected 5% (a share like 5%, between 0% and 100% in steps of 0.01%), got 5',
    ]);
  });
});

describe('a file', () => {
  it('that does not exist is a mistake', async () => {
    const result = await loadConfig('/nowhere/weir.yaml');
    expect('mistakes' in result && result.mistakes.map(formatMistake)).toEqual([
      '/nowhere/weir.yaml: expected a configuration file, but it does not exist',
    ]);
  });

  it('that is a directory is a mistake', async () => {
    const result = await loadConfig(import.meta.dirname);
    expect('mistakes' in result && result.mistakes[0]!.message).toBe('expected a configuration file, got a directory');
  });

  it('is read', async () => {
    const file = join(temporaryDirectory(), 'weir.yaml');
    await writeFile(file, LEAST);
    expect(await loadConfig(file)).toHaveProperty('config.service', 'checkout');
  });
});
