import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Manifest } from './rendered.ts';

/**
 * The schemas that Kubernetes and the Prometheus operator publish, as the packages of kubernetes-models carry them, in
 * two forms. The validators know types, required fields, patterns and enumerations, but let unknown fields pass, as
 * Kubernetes' own schemas do. The TypeScript types know every field: a manifest written down as a literal of its type
 * does not compile with a field that does not exist.
 */
const PACKAGES: Readonly<Record<string, string>> = {
  v1: 'kubernetes-models/v1',
  'apps/v1': 'kubernetes-models/apps/v1',
  'policy/v1': 'kubernetes-models/policy/v1',
  'networking.k8s.io/v1': 'kubernetes-models/networking.k8s.io/v1',
  'monitoring.coreos.com/v1': '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1',
};

const root = resolve(import.meta.dirname, '../..');
const moduleOf = ({ apiVersion, kind }: Manifest): string => {
  const folder = PACKAGES[apiVersion];
  if (folder === undefined) throw new Error(`no schemas for ${apiVersion} ${kind}`);
  return `${folder}/${kind}`;
};

/** Throws with every mistake that the published validator finds. */
export async function validate(manifest: Manifest): Promise<void> {
  const module = (await import(moduleOf(manifest))) as Record<string, new (fields: Manifest) => { validate(): void }>;
  const Model = module[manifest.kind];
  if (Model === undefined) throw new Error(`${moduleOf(manifest)} has no ${manifest.kind}`);
  new Model(manifest.kind === 'Secret' ? onOneLine(manifest) : manifest).validate();
}

/** kubectl breaks the lines of long base64, which Kubernetes reads and the validator does not. */
const onOneLine = ({ data = {}, ...manifest }: Manifest): Manifest => ({
  ...manifest,
  data: Object.fromEntries(Object.entries(data).map(([key, text]) => [key, text.replaceAll('\n', '')])),
});

/** What the compiler says of manifests as literals of their types; empty when every field exists. */
export function unknownFieldsOf(manifests: readonly Manifest[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'weir-k8s-'));
  try {
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    const lines = manifests.flatMap((manifest, index) => [
      `import type { I${manifest.kind} as Type${index} } from '${moduleOf(manifest)}';`,
      `export const manifest${index}: Type${index} = ${JSON.stringify(manifest, null, 1)};`,
    ]);
    writeFileSync(join(folder, 'manifests.ts'), lines.join('\n'));
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    const flags = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--types', ''];
    const compiler = join(root, 'node_modules/typescript/bin/tsc');
    execFileSync(process.execPath, [compiler, ...flags, 'manifests.ts'], { cwd: folder, stdio: 'pipe' });
    return '';
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: Buffer; stderr?: Buffer };
    return `${String(stdout)}${String(stderr)}`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
