import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commitOf } from '../../src/cli/commit.ts';
import { temporaryDirectory } from '../sidecar/settings.ts';

const commit = '0123456789abcdef0123456789abcdef01234567';

/** A folder with these files, by their path. */
function folderWith(files: Readonly<Record<string, string>>): URL {
  const folder = temporaryDirectory();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return new URL(`file://${folder}/`);
}

describe('the commit of a folder', () => {
  it('is that of its branch', () => {
    const files = { '.git/HEAD': 'ref: refs/heads/main\n', '.git/refs/heads/main': `${commit}\n` };
    expect(commitOf(folderWith(files))).toBe('0123456789ab');
  });

  it('is found among packed branches', () => {
    const packed = `# pack-refs with: peeled\nffff refs/heads/other\n${commit} refs/heads/main\n`;
    expect(commitOf(folderWith({ '.git/HEAD': 'ref: refs/heads/main\n', '.git/packed-refs': packed }))).toBe(
      '0123456789ab',
    );
  });

  it('is HEAD itself when no branch is checked out', () => {
    expect(commitOf(folderWith({ '.git/HEAD': `${commit}\n` }))).toBe('0123456789ab');
  });

  it('is found from a linked work tree', () => {
    const files = {
      'main/.git/refs/heads/side': `${commit}\n`,
      'main/.git/worktrees/side/HEAD': 'ref: refs/heads/side\n',
      'main/.git/worktrees/side/commondir': '../..\n',
      'side/.git': 'gitdir: ../main/.git/worktrees/side\n',
    };
    expect(commitOf(new URL('side/', folderWith(files)))).toBe('0123456789ab');
  });

  it.each([{}, { '.git/HEAD': 'ref: refs/heads/unborn\n' }, { '.git': 'nonsense' }])('is dev for %j', (files) => {
    expect(commitOf(folderWith(files))).toBe('dev');
  });
});
