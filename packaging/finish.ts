/**
 * What the compiler leaves undone in `dist/`: copies the files that are no TypeScript (those of the page), writes
 * down which commit this is, and makes the program executable. `npm run build -- --commit REVISION` where there is no `.git`.
 */
import { chmodSync, cpSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { commitOf } from '../src/cli/commit.ts';

const root = new URL('..', import.meta.url);
const [src, dist] = [fileURLToPath(new URL('src', root)), fileURLToPath(new URL('dist', root))];
const { values } = parseArgs({ options: { commit: { type: 'string', default: '' } } });

for (const name of readdirSync(src, { recursive: true, encoding: 'utf8' })) {
  if (/\.(?!ts$|md$)\w+$/.test(name) && !/(?:^|\/)tsconfig\b/.test(name)) cpSync(join(src, name), join(dist, name));
}
const commit = values.commit === '' ? commitOf(root) : values.commit.slice(0, 12);
writeFileSync(join(dist, 'build.json'), `${JSON.stringify({ commit })}\n`);
chmodSync(join(dist, 'main.js'), 0o755);
