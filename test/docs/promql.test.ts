import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { LATENCY_FAMILY, BUILD_FAMILY } from '../../src/tell/metrics.ts';
import { FAMILIES } from '../../src/tell/families.ts';
import { temporaryDirectory } from '../sidecar/settings.ts';
import { describeWith } from '../support-programs.ts';
import { blocksOfKind, root } from './pages.ts';

const blocks = blocksOfKind('promql');

describe('PromQL', () => {
  it.each(blocks.map(({ at, text }) => [at, text]))('of %s names metrics that there are', (_at, text) => {
    const known = new Set([...FAMILIES, LATENCY_FAMILY, BUILD_FAMILY].map(({ name }) => name));
    const named = [...text.matchAll(/(?<![:\w])(weir_\w+?)(?:_bucket|_sum|_count)?\b/g)].map((match) => match[1]!);
    expect(named.filter((name) => !known.has(name))).toEqual([]);
  });
});

describeWith('promtool', 'apt-get install prometheus', 'PromQL and scraping, for promtool', () => {
  it.each(blocks.map(({ at, text }) => [at, text]))('of %s can be read', (_at, text) => {
    const rules = text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((expr, index) => ({ record: `docs:line${index}`, expr }));
    const file = join(temporaryDirectory(), 'rules.yaml');
    writeFileSync(file, stringify({ groups: [{ name: 'docs', rules }] }));
    execFileSync('promtool', ['check', 'rules', file], { cwd: root, stdio: 'pipe' });
  });

  it('is given a scrape configuration that it accepts', () => {
    const configs = blocksOfKind('yaml').filter(({ text }) => 'scrape_configs' in parse(text));
    expect(configs.length).toBeGreaterThan(0);
    for (const { text } of configs) {
      const file = join(temporaryDirectory(), 'prometheus.yml');
      writeFileSync(file, text);
      execFileSync('promtool', ['check', 'config', '--syntax-only', file], { stdio: 'pipe' });
    }
  });
});
