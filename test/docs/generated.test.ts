import { describe, expect, it } from 'vitest';
import { withGenerated } from '../../reference/markdown.ts';
import { valuesOf } from '../../reference/metrics.ts';
import { PAGES } from '../../reference/pages.ts';
import { keysOfSchema } from '../../reference/schema.ts';
import { needsRestart } from '../../reference/change.ts';
import { filledMetrics } from '../tell/fixtures.ts';
import { textOf } from './pages.ts';

describe('the reference', () => {
  it.each(Object.keys(PAGES))('%s says what `npm run docs` would write', (page) => {
    const text = textOf(page);
    expect(text).toBe(withGenerated(text, PAGES[page]!()));
  });

  it('has a row for every key that takes a value', () => {
    const page = textOf('docs/configuration.md');
    const leaves = keysOfSchema().filter(({ isSection }) => !isSection);
    expect(leaves.filter(({ path }) => !page.includes(`\n| \`${path}\` | `)).map(({ path }) => path)).toEqual([]);
  });

  it('knows what needs a restart', () => {
    expect(['listen.admin', 'sticky.header', 'timeouts.drain', 'admin.oidc.issuer'].map(needsRestart)).toEqual(
      Array(4).fill(true),
    );
    expect(['weight', 'guards.p95', 'plan.gate.url', 'webhooks.url'].map(needsRestart)).toEqual(Array(4).fill(false));
  });

  it('tells for every label the values that samples have', async () => {
    const samples = [...(await filledMetrics().scrape()).matchAll(/^(\w+?)(?:_bucket|_sum|_count)?\{([^}]*)\} /gm)];
    const strange = samples.flatMap(([, name = '', labels = '']) =>
      [...labels.matchAll(/(\w+)="([^"]*)"/g)].filter(([, label = '', value = '']) => {
        // The bounds of a histogram are no closed set; and the fixture has evidence for probes, which are only counted.
        const isOpen = label === 'le' || (name === 'weir_evidence' && value === 'probe');
        const known = isOpen ? [] : valuesOf(name, label);
        return known.length > 0 && !known.includes(value);
      }),
    );
    expect(samples.length).toBeGreaterThan(50);
    expect(strange.map(([pair]) => pair)).toEqual([]);
  });
});
