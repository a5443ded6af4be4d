import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The pages of the documentation, and what stands fenced or in backticks on them. */
export const root = resolve(import.meta.dirname, '../..');
export const textOf = (file: string): string => readFileSync(join(root, file), 'utf8');

export const PAGES: readonly string[] = [
  'README.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

export interface Block {
  /** `docs/faq.md:17`. */
  readonly at: string;
  readonly page: string;
  readonly kind: string;
  /** Without the indentation of a list around it. */
  readonly text: string;
}

export function blocksOf(page: string): Block[] {
  const text = textOf(page);
  return [...text.matchAll(/^( *)```(.*)\n([\s\S]*?)^\1```$/gm)].map(
    ([, indent = '', kind = '', inner = ''], index, all) => {
      const line = text.slice(0, all[index]!.index).split('\n').length;
      return { at: `${page}:${line}`, page, kind, text: inner.replaceAll(new RegExp(`^${indent}`, 'gm'), '') };
    },
  );
}

export const allBlocks: readonly Block[] = PAGES.flatMap(blocksOf);
export const blocksOfKind = (kind: string): Block[] => allBlocks.filter((block) => block.kind === kind);

/** What stands in backticks in running text and in tables. */
export function spansOf(page: string): string[] {
  const running = textOf(page).replaceAll(/^ *```[\s\S]*?^ *```$/gm, '');
  return [...running.matchAll(/`([^`\n]+)`/g)].map((match) => match[1]!);
}
