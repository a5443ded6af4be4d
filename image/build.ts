import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { commitOf } from '../src/cli/commit.ts';
import { run, succeeds } from './programs.ts';

const root = new URL('..', import.meta.url);
const textOf = (file: string): string => readFileSync(new URL(file, root), 'utf8');

/** What the Dockerfile builds on unless told otherwise. */
export const BASE = /^ARG BASE=(\S+)$/m.exec(textOf('Dockerfile'))?.[1] ?? '';
export const IMAGE = 'localhost/weir:test';
export const { version: VERSION } = JSON.parse(textOf('package.json')) as { version: string };

const isLocal = (base: string): boolean => succeeds('buildah', ['inspect', '--type', 'image', base]);

export function isBaseHere(base: string): boolean {
  return isLocal(base) || succeeds('buildah', ['pull', '--quiet', base]);
}

/** Builds the image from this folder as anybody would, and returns the commit it was told. */
export function build(base: string): string {
  const commit = commitOf(root);
  const args = [`BASE=${base}`, `VERSION=${VERSION}`, `REVISION=${commit}`].flatMap((arg) => ['--build-arg', arg]);
  // Where the tests run there is often no runtime that may make namespaces.
  const settings = ['--isolation', 'chroot', '--pull-never', '--no-hosts', '--quiet', '--tag', IMAGE];
  run('buildah', ['bud', ...settings, ...args, fileURLToPath(root)]);
  return commit;
}
