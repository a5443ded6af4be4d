import * as z from 'zod';
import { nearestOf } from './nearest.ts';
import type { Path } from './path.ts';
import { complaint, expected, type Problem } from './problem.ts';
import { quoted } from './quote.ts';

/** Who has mistyped more keys of one mapping has not mistyped them; and 64 KiB of such keys would cost 100 ms. */
const MOST_SUGGESTIONS = 20;

/** Turns what zod found into our own words: what is allowed there, and for an unknown key the one that was meant. */
export function problemsOf(issue: z.core.$ZodIssue, schema: z.ZodType): Problem[] {
  const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
  const known = Object.keys(shapeOf(schemaAt(schema, path)) ?? {});
  if (issue.code === 'unrecognized_keys') {
    const names = `expected one of ${known.join(', ')}`;
    return issue.keys.map((key, position) => {
      const meant = position < MOST_SUGGESTIONS ? nearestOf(key, known) : null;
      return complaint([...path, key], `unknown key, ${meant === null ? names : `did you mean ${quoted(meant)}?`}`);
    });
  }
  if (issue.code === 'invalid_type' && issue.expected === 'array') return [expected(path, 'a list')];
  if (issue.code === 'invalid_type' && issue.expected === 'object') {
    return [expected(path, `a mapping with keys among ${known.join(', ')}`)];
  }
  // What is too long or too short is counted, not shown.
  const isCounted = issue.code === 'too_big' || issue.code === 'too_small';
  const isComplete = isCounted || (issue.code === 'custom' && issue.params?.['isComplete'] === true);
  return [{ path, message: issue.message, quoteValue: !isComplete }];
}

/** The keys of a mapping or of the mappings in a list, beneath defaults and null; null for a leaf. */
export function shapeOf(schema: unknown): Readonly<Record<string, unknown>> | null {
  const bare = bareOf(schema);
  if (bare instanceof z.ZodArray) return shapeOf(bare.element);
  return bare instanceof z.ZodObject ? bare.shape : null;
}

function schemaAt(schema: unknown, path: Path): unknown {
  let at: unknown = schema;
  for (const part of path) {
    const bare = bareOf(at);
    at = typeof part === 'number' && bare instanceof z.ZodArray ? bare.element : shapeOf(bare)?.[part];
  }
  return at;
}

const WRAPPERS = [z.ZodOptional, z.ZodNullable, z.ZodDefault, z.ZodPrefault];

function bareOf(schema: unknown): unknown {
  if (schema instanceof z.ZodPipe) return bareOf(schema.in);
  const wrapped = WRAPPERS.some((wrapper) => schema instanceof wrapper);
  return wrapped ? bareOf((schema as z.ZodNullable).unwrap()) : schema;
}
