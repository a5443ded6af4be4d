import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readConfig } from '../../src/config/load.ts';
import { schema } from '../../src/config/schema.ts';
import { shapeOf } from '../../src/support/zod-issues.ts';

const text = readFileSync(join(import.meta.dirname, '../../config/weir.example.yaml'), 'utf8');
/** With the keys that are commented out put back: a `#` that no single space follows. */
const whole = text.replaceAll(/^( *)#(?=\S| {2})/gm, '$1');

function keysOfSchema(node: unknown, prefix = ''): string[] {
  return Object.entries(shapeOf(node) ?? {}).flatMap(([key, inner]) => {
    return [`${prefix}${key}`, ...keysOfSchema(inner, `${prefix}${key}.`)];
  });
}

function keysOfValue(value: unknown, prefix = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => keysOfValue(item, prefix));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    `${prefix}${key}`,
    ...keysOfValue(inner, `${prefix}${key}.`),
  ]);
}

describe('the example configuration', () => {
  it('is valid', () => {
    expect(readConfig(text, 'weir.example.yaml')).toHaveProperty('config');
  });

  it('has every key of the schema, and the schema every key of the example', () => {
    const shown = [...new Set(keysOfValue(parse(whole)))];
    expect(shown.toSorted()).toEqual(keysOfSchema(schema).toSorted());
  });

  it('shows the defaults', () => {
    const { service, stable, candidate } = parse(text);
    const least = { service, stable, candidate };
    expect(readConfig(text, '')).toEqual(readConfig(JSON.stringify(least), ''));
  });

  it('is valid too once every key in it is given', () => {
    expect(readConfig(whole, '')).toHaveProperty('config');
  });

  it('says something about every key, in a comment above it', () => {
    const lines = text.split('\n');
    const silent = lines.filter((line, index) => /^ {0,2}#?\w+:/.test(line) && !/^ *#/.test(lines[index - 1]!));
    // Told where `stable` tells it, or in the comment of the section as a whole.
    const told = ['url', 'image', 'commit', 'configHash', 'version', 'ca', 'serverName', 'file'];
    expect(silent.map((line) => /(\w+):/.exec(line)![1]!).filter((key) => !told.includes(key))).toEqual([]);
  });
});
