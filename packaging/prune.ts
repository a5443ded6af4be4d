/**
 * Takes out of a `node_modules` what no program loads: types, TypeScript sources, source maps, pages of text. Licences
 * stay. `node packaging/prune.ts node_modules`
 */
import { readdirSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';

const NEVER_LOADED = [
  /\.d\.[cm]?ts$/,
  /\.[cm]?ts$/,
  /\.tsx$/,
  /\.map$/,
  /\.(?:md|markdown|flow)$/i,
  /\.(?:spec|test)\.[cm]?js$/,
  /(?:^|\/)\.(?!package-lock)[^/]*$/,
  /(?:^|\/)(?:tsconfig[^/]*\.json|yarn\.lock|package-lock\.json|tsconfig\.tsbuildinfo)$/,
];
const LICENCE = /licen[cs]e|notice|copying/i;

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('expected a folder: node packaging/prune.ts node_modules');
for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
  const path = join(entry.parentPath, entry.name);
  const name = relative(folder, path);
  const isNeeded = LICENCE.test(entry.name) || !NEVER_LOADED.some((pattern) => pattern.test(name));
  if (!entry.isDirectory() && !isNeeded) rmSync(path);
}
