import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { differences, firstNames, rowsOf, sectionOf } from '../markdown.ts';
import type { Manifest } from './rendered.ts';
import { manifestsOf } from './rendered.ts';

const page = readFileSync(resolve(import.meta.dirname, '../../docs/kubernetes.md'), 'utf8');

/** Every path at which two values differ; an element of a list that has a name goes by its name. */
function changesOf(before: unknown, after: unknown, path: string): string[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  if (!isContainer(before) || !isContainer(after)) return [path];
  const [was, is] = [entriesOf(before), entriesOf(after)];
  return [...new Set([...Object.keys(was), ...Object.keys(is)])].flatMap((key) =>
    changesOf(was[key], is[key], path === '' ? key : `${path}.${key}`),
  );
}
const isContainer = (value: unknown): value is object => typeof value === 'object' && value !== null;
function entriesOf(value: object): Record<string, unknown> {
  if (!Array.isArray(value)) return { ...value };
  return Object.fromEntries(
    value.map((item: unknown, index): [string, unknown] => {
      const { name } = { name: String(index), ...(item as { name?: string }) };
      return [name, item];
    }),
  );
}

describe('the sidecar component, on somebody’s own service', () => {
  const [before, after] = [manifestsOf('sample-plain'), manifestsOf('sample-with-weir')];
  const called = ({ kind, metadata }: Manifest): string => `${kind} ${metadata.name}`;
  const changes = Object.fromEntries(
    after.map((manifest) => {
      const was = before.find((each) => called(each) === called(manifest));
      return [called(manifest), changesOf(was, manifest, '')];
    }),
  );

  it('adds and removes no object', () => {
    expect(after.map(called)).toEqual(before.map(called));
  });

  it('changes what docs/kubernetes.md says, and nothing else', () => {
    const documented = firstNames(rowsOf(sectionOf(page, 'What the component changes')));
    const real = [...changes['Deployment shop']!, ...changes['Service shop']!];
    expect(differences('docs/kubernetes.md', documented, 'changed by the component', real)).toEqual([]);
  });

  it('leaves what is not labelled alone', () => {
    expect([changes['Deployment worker'], changes['Service worker']]).toEqual([[], []]);
  });

  it('yields this', () => {
    expect(after.filter(({ metadata }) => metadata.name === 'shop')).toMatchSnapshot();
  });
});
