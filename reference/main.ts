/**
 * `npm run docs`: writes the reference pages anew, from the schema and the example of the configuration, from the table
 * of routes, and from the metrics' families. A test holds the pages to what this would write.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withGenerated } from './markdown.ts';
import { PAGES } from './pages.ts';

const root = join(import.meta.dirname, '..');
for (const [page, textOf] of Object.entries(PAGES)) {
  const file = join(root, page);
  const before = readFileSync(file, 'utf8');
  const after = withGenerated(before, textOf());
  if (after !== before) writeFileSync(file, after);
  process.stdout.write(`${page}: ${after === before ? 'as it was' : 'written anew'}\n`);
}
