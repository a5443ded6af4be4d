import { describe, expect, it } from 'vitest';
import type { Kustomization } from './rendered.ts';
import { headerOf, keep, keptText, kubectl, KUSTOMIZATIONS, renderNow } from './rendered.ts';

const names = Object.keys(KUSTOMIZATIONS) as Kustomization[];
const mayUpdate = process.env['UPDATE_RENDERED'] === '1';
if (kubectl === null) {
  console.warn('SKIPPED: no kubectl that knows components; the kept renderings are judged, but not made anew');
}

describe.skipIf(kubectl === null)('kubectl kustomize', () => {
  it.each(names)('makes of %s what is kept in test/k8s/rendered', (name) => {
    if (mayUpdate) keep(name);
    expect(keptText(name)).toBe(renderNow(name));
  });
});

describe('the kept renderings', () => {
  it.each(names)('of %s are made from the manifests as they are', (name) => {
    expect(keptText(name).split('\n')[0]).toBe(headerOf(name));
  });
});
