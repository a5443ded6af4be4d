import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { IMAGE } from './build.ts';
import { run } from './programs.ts';

interface Manifest {
  readonly config: { readonly digest: string };
  readonly layers: readonly { readonly digest: string; readonly size: number }[];
}

interface ImageConfig {
  readonly config: { readonly User: string; readonly Entrypoint: string[]; readonly Labels: Record<string, string> };
}

/** Where a layer of Weir may put something. */
const ALLOWED =
  /^(?:opt\/weir\/(?:dist|node_modules|config|LICENSE|package\.json)(?:\/|$)|usr\/local\/bin\/weir$|etc\/weir\/?$|var\/lib\/weir\/?$)/;
const isFolder = (path: string): boolean => path.endsWith('/');
/** How a layer says that something of a layer below is gone. */
const isRemoval = (path: string): boolean => /(?:^|\/)\.wh\./.test(path);
const NEVER_LOADED = /(?:\.[cm]?ts|\.map|\.(?:test|spec)\.js)$/;

/** Looks into every layer on top of the base's, also at what a later one hides. Returns what holds; throws otherwise. */
export function checkLayers(scratch: string, base: string): string[] {
  const [ours, below] = [manifestOf(scratch, IMAGE, 'weir'), manifestOf(scratch, base, 'base')];
  const layers = ours.manifest.layers.slice(below.manifest.layers.length);
  const paths = layers.flatMap(({ digest }) => run('tar', ['-tf', ours.fileOf(digest)]).split('\n'));
  const kept = paths.filter((path) => !isRemoval(path));

  refuse(
    'is not of Weir',
    kept.filter((path) => !isFolder(path) && !ALLOWED.test(path)),
  );
  refuse(
    'is never loaded',
    kept.filter((path) => NEVER_LOADED.test(path)),
  );
  refuse('is no production dependency', strangersOf(kept));
  refuse(
    'cannot be read by the user of the program',
    layers.flatMap(({ digest }) => closedIn(run('tar', ['-tvf', ours.fileOf(digest)]))),
  );
  const { config } = JSON.parse(readFileSync(ours.fileOf(ours.manifest.config.digest), 'utf8')) as ImageConfig;
  if (!/^[1-9]\d*(?::\d+)?$/.test(config.User))
    throw new Error(`the user is "${config.User}", expected a number above 0`);
  const bytes = layers.map(({ digest }) => Number(run('sh', ['-c', `gzip -dcf "$0" | wc -c`, ours.fileOf(digest)])));
  const megabytes = (sizes: readonly number[]): string => (sizes.reduce((sum, size) => sum + size, 0) / 1e6).toFixed(1);
  const packed = layers.map(({ digest }) => statSync(ours.fileOf(digest)).size);
  return [
    `${kept.filter((path) => !isFolder(path)).length} files, all of them Weir's or a production dependency's`,
    `Weir adds ${megabytes(bytes)} MB to the base image, ${megabytes(packed)} MB compressed`,
    `labels: ${Object.entries(config.Labels)
      .filter(([name]) => /^org\.opencontainers.*\.(?:version|revision)$/.test(name))
      .map(([name, value]) => `${name.slice(name.lastIndexOf('.') + 1)} ${value}`)
      .join(', ')}`,
  ];
}

function manifestOf(scratch: string, image: string, name: string) {
  const folder = join(scratch, name);
  run('buildah', ['push', '--quiet', image, `oci:${folder}:${name}`]);
  const fileOf = (digest: string): string => join(folder, 'blobs', digest.replace(':', '/'));
  const index = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as { manifests: { digest: string }[] };
  const manifest = JSON.parse(readFileSync(fileOf(index.manifests[0]!.digest), 'utf8')) as Manifest;
  return { manifest, fileOf };
}

/** Of a long listing what somebody who neither owns it nor is of its group cannot read, or cannot enter. */
const closedIn = (listing: string): string[] =>
  listing.split('\n').filter((line) => !isRemoval(line) && (/^-.{6}-/.test(line) || /^d.{6}(?:-..|..-)/.test(line)));

/** Packages in the image that the lockfile does not call production dependencies. */
function strangersOf(paths: readonly string[]): string[] {
  const lockfile = new URL('../package-lock.json', import.meta.url);
  const { packages } = JSON.parse(readFileSync(lockfile, 'utf8')) as {
    packages: Record<string, { dev?: boolean; optional?: boolean; devOptional?: boolean }>;
  };
  const found = paths.flatMap((path) => /^opt\/weir\/(node_modules\/.*)\/package\.json$/.exec(path)?.[1] ?? []);
  // A package.json inside a package is none of another package.
  const installed = found.filter((path) => /(?:^|\/)node_modules\/(?:@[^/]+\/)?[^/]+$/.test(path));
  return [...new Set(installed)].filter((path) => {
    const { dev, optional, devOptional } = packages[path] ?? { dev: true };
    return dev === true || optional === true || devOptional === true;
  });
}

function refuse(why: string, paths: readonly string[]): void {
  if (paths.length > 0) throw new Error(`${paths.length} in the layers ${why}:\n${paths.slice(0, 20).join('\n')}`);
}
