import { stringify } from 'yaml';
import { needsRestart } from './change.ts';
import { remarksOfExample } from './example.ts';
import { code, tableOf } from './markdown.ts';
import type { Key } from './schema.ts';
import { defaultOf, formOf, isNullable, keysOfSchema } from './schema.ts';

/**
 * The configuration's reference: what a key takes and its default from the schema, its meaning and its trap from the
 * example, and whether it needs a restart from the program itself.
 */
const HEAD = ['key', 'takes', 'default', 'change', 'meaning'];
const remarks = remarksOfExample();

export function configurationText(): string {
  const keys = keysOfSchema();
  const sections = Map.groupBy(keys, ({ path }) => path.split('.')[0]!);
  const alone = [...sections.values()].filter((inner) => inner.length === 1).flat();
  const groups = [...sections].filter(([, inner]) => inner.length > 1);
  return [
    '## Keys of the first level',
    tableOf(
      HEAD,
      alone.map((key) => rowOf(key, keys)),
    ),
    ...groups.map(([name, [, ...inner]]) => sectionOf(name, inner, keys)),
  ].join('\n\n');
}

function sectionOf(name: string, inner: readonly Key[], keys: readonly Key[]): string {
  const { meaning, trap } = remarkOf(name);
  const told = `${meaning}${trap === '' ? '' : `\n\n**Trap:** ${trap}`}`;
  const rows = inner.map((key) => (key.isSection ? innerRowOf(key) : rowOf(key, keys)));
  return [`## ${name}`, told, tableOf(HEAD, rows)].join('\n\n');
}

/** A section inside a section, whose keys follow. */
function innerRowOf({ path, schema }: Key): string[] {
  return [code(path), 'the keys below', valueText(defaultOf(schema)), '', remarkOf(path).meaning];
}

function rowOf(key: Key, keys: readonly Key[]): string[] {
  const { meaning, trap } = remarkOf(key.path);
  const form = `${formOf(key.schema)}${isNullable(key.schema) ? ', or null' : ''}`;
  const told = trap === '' ? meaning : `${meaning} **Trap:** ${trap}`;
  return [code(key.path), form, defaultText(key, keys), changeText(key.path), told];
}

/** The candidate takes what stable takes, and the example explains it once. */
function remarkOf(path: string) {
  const own = remarks.get(path);
  const remark = own?.meaning ? own : (remarks.get(path.replace(/^candidate\./, 'stable.')) ?? own);
  if (remark === undefined || remark.meaning === '') throw new Error(`expected a comment above ${path} in the example`);
  return remark;
}

function defaultText({ path, schema }: Key, keys: readonly Key[]): string {
  const own = defaultOf(schema);
  const [name = '', ...rest] = path.split('.');
  const section = keys.find((key) => key.path === name && rest.length > 0);
  const ofSection = section === undefined ? undefined : (defaultOf(section.schema) as Record<string, unknown> | null);
  const whole = ofSection?.[rest.join('.')];
  const shown = own === undefined ? 'required' : valueText(own);
  return whole === undefined ? shown : `${valueText(whole)} without ${code(name)}, else ${shown}`;
}

const valueText = (value: unknown): string =>
  code(stringify(value, { collectionStyle: 'flow', flowCollectionPadding: false }).trim());

const changeText = (path: string): string => (needsRestart(path) ? 'restart' : 'reload');
