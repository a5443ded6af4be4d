import { quoted } from './quote.ts';

/** Where in a configuration or a body: keys from the top, and positions in lists. */
export type Path = readonly (string | number)[];

/** The path as people write it, `plan[0].hold`; '' is the whole. @param isSecret whether keys may be secrets, too. */
export function formatPath(path: Path, isSecret = false): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else text += `${text === '' ? '' : '.'}${/^[\w-]{1,60}$/.test(part) ? part : quoted(isSecret ? '…' : part)}`;
  }
  return text;
}

/** What stands at the path, inherited properties aside; undefined where nothing does. */
export function valueAt(raw: unknown, path: Path): unknown {
  let value = raw;
  for (const part of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Object.getOwnPropertyDescriptor(value, part)?.value;
  }
  return value;
}
