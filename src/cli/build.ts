import { existsSync, readFileSync } from 'node:fs';
import { commitOf } from './commit.ts';

/** Which Weir this is. */
export interface Build {
  readonly version: string;
  /** The first twelve digits of its commit, or `dev` when nobody knows. */
  readonly commit: string;
}

/**
 * Of a built Weir what the build wrote into `dist/build.json`; of one that runs from its source, what package.json and
 * `.git` say.
 * @param root the folder of package.json.
 */
export function buildOf(root: URL): Build {
  const { version } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as { version: string };
  const stamp = new URL('build.json', new URL('..', import.meta.url));
  if (!existsSync(stamp)) return { version, commit: commitOf(root) };
  const { commit } = JSON.parse(readFileSync(stamp, 'utf8')) as { commit: string };
  return { version, commit };
}
