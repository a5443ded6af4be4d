import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../sidecar/settings.ts';

const program = resolve(import.meta.dirname, '../../packaging/prune.ts');

describe('pruning', () => {
  it('leaves what a program loads, and every licence', () => {
    const folder = temporaryDirectory();
    const kept = ['a/index.js', 'a/package.json', 'a/LICENSE', 'a/license.md', '@b/c/lib/x.cjs', 'a/page.css'];
    const gone = [
      'a/index.d.ts',
      'a/index.js.map',
      'a/README.md',
      '@b/c/src/x.ts',
      '@b/c/lib/x.spec.js',
      'a/.npmignore',
    ];
    for (const path of [...kept, ...gone]) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), '');
    }
    execFileSync(process.execPath, [program, folder]);
    const left = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(left.map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1)).toSorted()).toEqual(
      kept.toSorted(),
    );
  });
});
