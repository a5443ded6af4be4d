import * as z from 'zod';
import { schema } from '../src/config/schema.ts';
import { shapeOf } from '../src/support/zod-issues.ts';

/** The configuration's schema, asked about one key at a time. */
export interface Key {
  /** `guards.window`; the elements of a list add nothing to it. */
  readonly path: string;
  readonly schema: z.ZodType;
  readonly isSection: boolean;
}

/** Every key, a section before what is in it. */
export function keysOfSchema(): readonly Key[] {
  return keysIn(schema, '');
}

function keysIn(node: unknown, prefix: string): Key[] {
  return Object.entries(shapeOf(node) ?? {}).flatMap(([name, inner]) => {
    const path = `${prefix}${name}`;
    const isSection = shapeOf(inner) !== null;
    return [{ path, schema: inner as z.ZodType, isSection }, ...keysIn(inner, `${path}.`)];
  });
}

/** What the key takes, in the words with which it refuses everything else. */
export function formOf(key: z.ZodType): string {
  const bare = bareOf(key);
  if (bare instanceof z.ZodArray) return `a list of: ${formOf(bare.element as z.ZodType)}`;
  const result = bare.safeParse(Symbol.for('nothing that is allowed'));
  const [issue] = result.success ? [] : result.error.issues;
  if (issue === undefined) throw new Error('expected a key that refuses a symbol');
  return issue.message.replace(/^expected /, '').replace(/ \(what came is not shown.*\)$/, '');
}

export const isNullable = (key: z.ZodType): boolean => key.safeParse(null).success;

/** What is written in the file when nothing is: `undefined` where the key is required. */
export function defaultOf(key: z.ZodType): unknown {
  if (key instanceof z.ZodDefault || key instanceof z.ZodPrefault) return key.def.defaultValue;
  return undefined;
}

function bareOf(key: z.ZodType): z.ZodType {
  const isWrapped = key instanceof z.ZodNullable || key instanceof z.ZodDefault || key instanceof z.ZodPrefault;
  return isWrapped ? bareOf(key.unwrap() as z.ZodType) : key;
}
