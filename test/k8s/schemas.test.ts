import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Kustomization, Manifest } from './rendered.ts';
import { KUSTOMIZATIONS, manifestsOf } from './rendered.ts';
import { unknownFieldsOf, validate } from './schemas.ts';

const names = Object.keys(KUSTOMIZATIONS) as Kustomization[];
const sampleOf = (spec: object): Manifest => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'x' },
  spec: { selector: {}, template: { spec: { containers: [{ name: 'a', image: 'b', ...spec }] } } },
});

describe('the published schemas', () => {
  it.each(names)('accept every manifest of %s', async (name) => {
    const manifests = manifestsOf(name);
    expect(manifests.length).toBeGreaterThan(3);
    for (const manifest of manifests) await validate(manifest);
  });

  it('know every field of every manifest', () => {
    expect(unknownFieldsOf(names.flatMap(manifestsOf))).toBe('');
  });

  it('accept the rules for Prometheus, with every field', async () => {
    const file = resolve(import.meta.dirname, '../../k8s/monitoring/prometheus-rule.yaml');
    const rule = parse(readFileSync(file, 'utf8')) as Manifest;
    await validate(rule);
    expect(unknownFieldsOf([rule])).toBe('');
  });

  it('would find a wrong value and a misspelt field', async () => {
    await expect(validate(sampleOf({ imagePullPolicy: 'Sometimes' }))).rejects.toThrow('imagePullPolicy');
    await expect(validate(sampleOf({ ports: [{ containerPort: 'http' }] }))).rejects.toThrow('must be integer');
    expect(unknownFieldsOf([sampleOf({ livenesProbe: {} })])).toContain('livenesProbe');
    expect(unknownFieldsOf([sampleOf({ securityContext: { readOnlyRootFileSystem: true } })])).toContain('FileSystem');
  });
});
