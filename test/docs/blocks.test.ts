import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readConfig } from '../../src/config/load.ts';
import { schema } from '../../src/config/schema.ts';
import { shapeOf } from '../../src/support/zod-issues.ts';
import type { Manifest } from '../k8s/rendered.ts';
import { validate } from '../k8s/schemas.ts';
import { callsIn, mistakeIn } from './commands.ts';
import { allBlocks, blocksOfKind } from './pages.ts';

/** Every fenced block is checked by what it is. A kind that nobody checks is a mistake. */
const KINDS = new Set(['sh', 'yaml', 'json', 'promql', 'js', 'text']);

describe('every block', () => {
  it('is of a kind that is checked', () => {
    expect(allBlocks.filter(({ kind }) => !KINDS.has(kind)).map(({ at, kind }) => `${at} ${kind}`)).toEqual([]);
  });
});

describe('shell', () => {
  it.each(blocksOfKind('sh').map(({ at, text }) => [at, text]))(
    'of %s can be read, and calls Weir right',
    (_at, text) => {
      execFileSync('bash', ['-n'], { input: text, stdio: ['pipe', 'pipe', 'pipe'] });
      const calls = callsIn(text);
      expect(calls.map((call) => [call.join(' '), mistakeIn(call)]).filter(([, mistake]) => mistake !== null)).toEqual(
        [],
      );
    },
  );

  it('is searched for calls of Weir in earnest', () => {
    expect(callsIn('x | weir status -o json\nkubectl exec p -c weir -- weir rollback -m "a b" | cat')).toEqual([
      ['status', '-o', 'json'],
      ['rollback', '-m', 'a b'],
    ]);
    expect(mistakeIn(['status', '--wacth'])).toContain('--wacth');
    expect(mistakeIn(['start'])).toContain('arguments');
    expect(mistakeIn(['stauts'])).toContain('no verb');
    expect(blocksOfKind('sh').flatMap(({ text }) => callsIn(text)).length).toBeGreaterThan(30);
  });
});

/** Of others: what they mean is theirs, so they are only read as YAML. */
const FOREIGN = ['flagger.app/v1beta1 Canary', 'argoproj.io/v1alpha1 Rollout'];
const KUSTOMIZATION = new Set(['resources', 'components', 'configMapGenerator', 'images', 'patches']);
const CONFIG_KEYS = new Set(Object.keys(shapeOf(schema)!));
const LEAST = {
  service: 'checkout',
  stable: { version: 'v1.2.3', url: 'http://127.0.0.1:3000' },
  candidate: { version: 'v1.3.0', url: 'http://127.0.0.1:3001' },
};

describe('YAML', () => {
  it.each(blocksOfKind('yaml').map(({ at, text }) => [at, text]))('of %s is what it looks like', async (at, text) => {
    const value = parse(text) as Record<string, unknown>;
    if (typeof value['apiVersion'] === 'string') return checkManifest(value as unknown as Manifest);
    if (Object.keys(value).some((key) => KUSTOMIZATION.has(key))) {
      return expect(Object.keys(value).filter((key) => !KUSTOMIZATION.has(key))).toEqual([]);
    }
    // Held by promql.test.ts.
    if ('scrape_configs' in value) return;
    const strange = Object.keys(value).filter((key) => !CONFIG_KEYS.has(key));
    expect([at, strange]).toEqual([at, []]);
    // A whole file stands for itself; a part of one is completed.
    const whole = 'service' in value ? text : JSON.stringify({ ...LEAST, ...value });
    expect(readConfig(whole, at)).toHaveProperty('config');
  });

  async function checkManifest(manifest: Manifest): Promise<void> {
    // The StatefulSet of docs/kubernetes.md is a part of one; test/k8s/page.test.ts completes it.
    const name = `${manifest.apiVersion} ${manifest.kind}`;
    if (FOREIGN.includes(name) || manifest.kind === 'StatefulSet') return;
    await validate(manifest);
  }
});

describe('JSON', () => {
  it.each(blocksOfKind('json').map(({ at, text }) => [at, text]))('of %s is JSON', (_at, text) => {
    expect(JSON.parse(text)).toBeTypeOf('object');
  });
});

describe('JavaScript', () => {
  it.each(blocksOfKind('js').map(({ at, text }) => [at, text]))('of %s can be read', (_at, text) => {
    execFileSync(process.execPath, ['--input-type=module', '--check'], {
      input: text,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
  });
});

describe('text', () => {
  it('is output and pictures, and hides no command', () => {
    const command = /^(?:\$ )?(?:weir|npm|npx|node|curl|kubectl|docker|systemctl|git) /m;
    expect(
      blocksOfKind('text')
        .filter(({ text }) => command.test(text))
        .map(({ at }) => at),
    ).toEqual([]);
  });
});
