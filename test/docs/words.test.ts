import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { keysOfSchema } from '../../reference/schema.ts';
import { fieldRowsOf } from '../../reference/json-schema.ts';
import { documentOf } from '../../src/admin/openapi/document.ts';
import { ROUTES } from '../../src/admin/routes.ts';
import { mistakeIn, wordsOf } from './commands.ts';
import { PAGES, root, spansOf, textOf } from './pages.ts';

/** What stands in backticks on a page: verbs, keys and files that there are. */
const { components } = JSON.parse(documentOf(ROUTES, '')) as { components: { schemas: Record<string, object> } };
const nameOf = (schema: string) => `${schema.charAt(0).toLowerCase()}${schema.slice(1)}`;
const fields = Object.entries(components.schemas).flatMap(([name, schema]) =>
  fieldRowsOf(schema)
    .map(([key]) => key!.slice(1, -1))
    .flatMap((key) => [key, `${nameOf(name)}.${key}`]),
);
const keys = new Set([...keysOfSchema().map(({ path }) => path), ...fields]);
const sections = new Set(keysOfSchema().map(({ path }) => path.split('.')[0]!));
const isFile = (span: string) => /\.(?:jsonl?|ya?ml)$/.test(span);
const pages = PAGES.filter((page) => page !== 'docs/decisions.md');

describe.each(pages)('%s', (page) => {
  it('names verbs and options that there are', () => {
    const calls = spansOf(page).filter((span) => /^weir [a-z-]/.test(span));
    const wrong = calls.map((call) => [call, mistakeIn(wordsOf(call.slice(5)), false)]);
    expect(wrong.filter(([, mistake]) => mistake !== null)).toEqual([]);
  });

  it('names keys of the configuration and of the status that there are', () => {
    const named = spansOf(page).filter((span) => /^[a-z]\w*(?:\[\])?(?:\.[a-z]\w*)+$/i.test(span));
    const ours = named
      .map((span) => span.replace('[]', ''))
      .filter((span) => sections.has(span.split('.')[0]!) && !isFile(span));
    expect(ours.filter((span) => !keys.has(span))).toEqual([]);
  });
});

describe('docs/security.md', () => {
  it('names tests that there are', () => {
    const named = [...textOf('docs/security.md').matchAll(/`(test\/[\w./-]+)`/g)].map((match) => match[1]!);
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  });
});
