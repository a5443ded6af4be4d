import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readConfig } from '../../src/config/load.ts';
import { manifestsOf } from './rendered.ts';
import type { Manifest } from './rendered.ts';
import { validate } from './schemas.ts';

const root = resolve(import.meta.dirname, '../..');
const page = readFileSync(resolve(root, 'docs/kubernetes.md'), 'utf8');
const blocks = [...page.matchAll(/^( *)```yaml\n([\s\S]*?)^ *```$/gm)].map(
  ([, indent = '', text = '']) => parse(text.replaceAll(new RegExp(`^${indent}`, 'gm'), '')) as Record<string, unknown>,
);

describe('docs/kubernetes.md', () => {
  it('shows a configuration that is valid', () => {
    const [config] = blocks.filter((block) => 'service' in block);
    expect(readConfig(JSON.stringify(config), '')).toHaveProperty('config');
  });

  it('shows a StatefulSet whose fields exist', async () => {
    const [shown] = blocks.filter(({ kind }) => kind === 'StatefulSet') as unknown as (Manifest & { spec: object })[];
    const { template, ...spec } = shown!.spec as { template: { spec: object } };
    const whole = { ...spec, serviceName: 'checkout', selector: {} };
    const pod = { ...template.spec, containers: [{ name: 'a', image: 'b' }] };
    await validate({ ...shown!, spec: { ...whole, template: { spec: pod } } });
  });

  it('adds the component, the configuration and the image as the example does', () => {
    const [added] = blocks.filter((block) => 'components' in block);
    const example = parse(readFileSync(resolve(root, 'k8s/app/kustomization.yaml'), 'utf8')) as typeof added;
    expect(added!['configMapGenerator']).toEqual(example!['configMapGenerator']);
    expect(existsSync(resolve(root, (added!['components'] as string[])[0]!.replace(/^weir\//, '')))).toBe(true);
  });

  const patched = blocks.flatMap(({ patches = [] }) => patches as { target: { kind: string }; patch: string }[]);
  const steps = patched.map(({ target: { kind }, patch }) => {
    const [step] = JSON.parse(patch) as [{ op: string; path: string; value: number }];
    const manifest = manifestsOf('sample-with-weir').find((each) => each.kind === kind);
    const at = step.path.split('/').slice(1);
    const found = at.reduce<unknown>((node, key) => (node as Record<string, unknown>)[key], manifest);
    return { kind, ...step, found };
  });

  it('patches the ports where the component has put them, in the pod and in the Service alike', () => {
    expect(steps.map(({ kind, op, found }) => [kind, op, found])).toEqual([
      ['Service', 'replace', 8080],
      ['Deployment', 'replace', 8080],
      ['Service', 'replace', 8080],
    ]);
    expect(steps[1]!.value).toBe(steps[2]!.value);
  });

  it('names only files and folders that are there', () => {
    const named = [...page.matchAll(/\b((?:k8s|test|docs|config)\/[\w./-]*\w)/g)].map((match) => match[1]!);
    expect(named.filter((file) => !existsSync(resolve(root, file)))).toEqual([]);
  });
});
