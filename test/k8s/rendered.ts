import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseAllDocuments } from 'yaml';

/**
 * What kustomize makes of the manifests is kept beside the tests, so that it can be judged where there is no kubectl,
 * and so that a review sees what an edit really changes. Each kept file says from which sources it was made: one that
 * is out of date fails everywhere, and is made anew with `UPDATE_RENDERED=1 npx vitest run test/k8s`, which needs kubectl.
 */
const root = resolve(import.meta.dirname, '../..');
const keptIn = join(import.meta.dirname, 'rendered');

/** Every kustomization of which somebody applies the whole, by the name of its kept file. */
export const KUSTOMIZATIONS = {
  base: 'k8s/base',
  dev: 'k8s/overlays/dev',
  production: 'k8s/overlays/production',
  fleet: 'k8s/overlays/fleet',
  'before-1.29': 'k8s/overlays/before-1.29',
  'sample-plain': 'test/k8s/sample/plain',
  'sample-with-weir': 'test/k8s/sample',
} as const;
export type Kustomization = keyof typeof KUSTOMIZATIONS;

/** A Kubernetes object, as far as the tests look at all of them alike. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  readonly spec: unknown;
  readonly data?: Readonly<Record<string, string>>;
}

/** The kubectl here, or null; older than 1.21 it knows no components. */
export const kubectl: string | null = findKubectl();

function findKubectl(): string | null {
  try {
    execFileSync('kubectl', ['kustomize', join(root, KUSTOMIZATIONS.base)], { stdio: 'pipe' });
    return 'kubectl';
  } catch (error) {
    const { code, stderr = '' } = error as { code?: string; stderr?: Buffer | string };
    const isMissing = code === 'ENOENT' || String(stderr).includes('unknown field "components"');
    return isMissing ? null : 'kubectl';
  }
}

/** The file that is kept for a kustomization, with the fingerprint of the sources in front. */
export function renderNow(name: Kustomization): string {
  const text = execFileSync(kubectl!, ['kustomize', join(root, KUSTOMIZATIONS[name])], { encoding: 'utf8' });
  return `${headerOf(name)}\n${text}`;
}

export const headerOf = (name: Kustomization): string =>
  `# Made by kubectl kustomize ${KUSTOMIZATIONS[name]} from sources ${fingerprint().slice(0, 16)}`;

const pathOf = (name: Kustomization): string => join(keptIn, `${name}.yaml`);
export const keptText = (name: Kustomization): string =>
  existsSync(pathOf(name)) ? readFileSync(pathOf(name), 'utf8') : '';
export const keep = (name: Kustomization): void => writeFileSync(pathOf(name), renderNow(name));

export const manifestsOf = (name: Kustomization): Manifest[] =>
  parseAllDocuments(keptText(name)).map((document) => document.toJS() as Manifest);

/** Everything from which manifests are made; the rules for Prometheus are no part of any kustomization. */
function fingerprint(): string {
  const hash = createHash('sha256');
  for (const folder of ['k8s', 'test/k8s/sample']) {
    const names = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
    const isSource = (name: string) => !name.startsWith('monitoring/') && statSync(join(root, folder, name)).isFile();
    for (const name of names.filter(isSource).toSorted()) {
      hash.update(`${name}\n`).update(readFileSync(join(root, folder, name)));
    }
  }
  return hash.digest('hex');
}
