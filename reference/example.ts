import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What `config/weir.example.yaml` says of each key: the comment above it, which is where a key's meaning and its trap
 * are told, once. A key that is commented out counts like the others.
 */
export interface Remark {
  readonly meaning: string;
  /** '' where there is none. */
  readonly trap: string;
}

const text = readFileSync(join(import.meta.dirname, '../config/weir.example.yaml'), 'utf8');

/** With the keys that are commented out put back: a `#` that no single space follows. */
export const wholeExample: string = text.replaceAll(/^( *)#(?=\S| {2})/gm, '$1');

export function remarksOfExample(): ReadonlyMap<string, Remark> {
  const remarks = new Map<string, Remark>();
  const open: { readonly indent: number; readonly key: string }[] = [];
  let comment: string[] = [];
  for (const line of wholeExample.split('\n')) {
    const [, words] = /^ *# (.*)$/.exec(line) ?? [];
    if (words !== undefined) {
      comment.push(words);
      continue;
    }
    const [, dash = '', key] = /^( *(?:- )?)(\w+):/.exec(line) ?? [];
    if (key !== undefined) {
      while ((open.at(-1)?.indent ?? -1) >= dash.length) open.pop();
      open.push({ indent: dash.length, key });
      const path = open.map((level) => level.key).join('.');
      if (!remarks.has(path)) remarks.set(path, remarkOf(comment));
    }
    comment = [];
  }
  return remarks;
}

function remarkOf(comment: readonly string[]): Remark {
  const [meaning = '', ...traps] = comment.join(' ').split(/\bTrap: /);
  return { meaning: meaning.trim(), trap: traps.map(sentence).join(' ') };
}

const sentence = (words: string): string => `${words.charAt(0).toUpperCase()}${words.slice(1)}`.trim();
