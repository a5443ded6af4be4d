import { readFileSync, statSync } from 'node:fs';

const UNKNOWN = 'dev';
const COMMIT = /^[0-9a-f]{12}/;

/** The commit that is checked out in a folder, read from its `.git` without the program git; `dev` where there is none. */
export function commitOf(root: URL): string {
  try {
    const folder = gitFolderOf(root);
    const head = textOf('HEAD', folder);
    const name = /^ref: (.+)$/.exec(head)?.[1];
    return COMMIT.exec(name === undefined ? head : commitNamed(name, folder))?.[0] ?? UNKNOWN;
  } catch {
    return UNKNOWN;
  }
}

/** In a linked work tree `.git` is a file that says where the folder is. */
function gitFolderOf(root: URL): URL {
  const git = new URL('.git', root);
  if (statSync(git).isDirectory()) return new URL('.git/', root);
  const [, path = ''] = /^gitdir: (.+)$/m.exec(readFileSync(git, 'utf8')) ?? [];
  return new URL(`${path}/`, root);
}

/** A branch is a file, or a line in the file of packed ones; both may be those of the main work tree. */
function commitNamed(name: string, folder: URL): string {
  const shared = attempt(() => new URL(`${textOf('commondir', folder)}/`, folder)) ?? folder;
  const packed = (): string | undefined =>
    textOf('packed-refs', shared)
      .split('\n')
      .find((line) => line.endsWith(` ${name}`));
  return attempt(() => textOf(name, folder)) ?? attempt(() => textOf(name, shared)) ?? attempt(packed) ?? '';
}

const textOf = (name: string, folder: URL): string => readFileSync(new URL(name, folder), 'utf8').trim();

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
