import { parse } from 'yaml';
import { differencesBetween } from '../src/config/differences.ts';
import { readConfig } from '../src/config/load.ts';
import type { Config } from '../src/config/schema.ts';
import { wholeExample } from './example.ts';

/**
 * Whether a key takes effect when the file is read again, or only by a restart. Found by trying: a file that holds
 * every key is read twice, the second time with another value of this one, and the program itself is asked what the
 * difference needs.
 */
const VALUES: readonly unknown[] = [
  '7s',
  '17m',
  '3h',
  '7%',
  7,
  2,
  '2KiB',
  true,
  'manual',
  'auto',
  'plain',
  'debug',
  'slack',
  '/other',
  'http://127.0.0.1:7',
  'https://other.example/',
  '127.0.0.1:7',
  'other',
  'redis://127.0.0.1:7',
  ['GET'],
  ['rollback'],
  ['other'],
];

/** @param path of a key that takes a value. */
export function needsRestart(path: string): boolean {
  const [before] = configsWith(path, []);
  for (const after of configsWith(path, VALUES)) {
    const changed = JSON.stringify(after) !== JSON.stringify(before);
    if (changed) return differencesBetween(before!, after).fixed.length > 0;
  }
  throw new Error(`expected another value of ${path} among those of reference/change.ts`);
}

/** The example as it is when there are no values, else once for each that is allowed. */
function configsWith(path: string, values: readonly unknown[]): Config[] {
  const whole = withRoomFor(path, parse(wholeExample) as Record<string, unknown>);
  const texts = values.length === 0 ? [whole] : values.map((value) => replaced(whole, path.split('.'), value));
  return texts.flatMap((raw) => {
    const result = readConfig(JSON.stringify(raw), '');
    return 'config' in result ? [result.config] : [];
  });
}

/** Of two keys that exclude each other, the one that is not asked about is left out; and files stand beside a URL that reads them. */
function withRoomFor(path: string, whole: Record<string, unknown>): Record<string, unknown> {
  if (path === 'sticky.header') return { ...whole, sticky: { header: 'x-user-id' } };
  if (!path.startsWith('fleet.') || path === 'fleet.url') return whole;
  return { ...whole, fleet: { ...(whole['fleet'] as object), url: 'rediss+sentinel://127.0.0.1/main' } };
}

function replaced(node: unknown, [first = '', ...rest]: readonly string[], value: unknown): unknown {
  if (Array.isArray(node)) return [replaced(node[0], [first, ...rest], value), ...node.slice(1)];
  const fields = node as Record<string, unknown>;
  return { ...fields, [first]: rest.length === 0 ? value : replaced(fields[first], rest, value) };
}
