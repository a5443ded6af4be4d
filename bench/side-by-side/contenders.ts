import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { directory, isInstalled } from './children.ts';

export interface Ports {
  readonly listen: number;
  readonly stable: number;
  readonly candidate: number;
}

/** One proxy to be measured. */
export interface Contender {
  readonly name: string;
  readonly version: string;
  /** Why it cannot be measured here, and what helps; null when it can. */
  readonly missing: string | null;
  command(ports: Ports): string[];
}

const here = resolve(import.meta.dirname, '..');
const repository = resolve(here, '..');
/** As `npm start` and the image start it. */
const WEIR_FLAGS = ['--expose-gc', '--max-semi-space-size=2', '--single-threaded'];

/** Weir first, nginx second; the others by how they are made. */
export function contendersOn(node: string): Contender[] {
  return [
    weir(node),
    native('nginx', 'nginx-light', ['-v'], (ports) => ['nginx', '-c', configOf('nginx.conf', ports)]),
    native('haproxy', 'haproxy', ['-v'], (ports) => ['haproxy', '-db', '-f', configOf('haproxy.cfg', ports)]),
    native('caddy', 'caddy', ['version'], (ports) =>
      `env HOME=${directory} caddy run --adapter caddyfile --config ${configOf('Caddyfile', ports)}`.split(' '),
    ),
    peer(node, 'node-http', null),
    peer(node, 'undici', 'undici'),
    peer(node, 'http-proxy', 'http-proxy'),
    peer(node, 'httpxy', 'httpxy'),
  ];
}

function weir(node: string): Contender {
  const build = join(directory, 'weir');
  return {
    name: 'weir',
    version: versionIn(repository),
    missing: null,
    command(ports) {
      if (!existsSync(build)) buildWeir(build);
      return [node, ...WEIR_FLAGS, join(build, 'dist/main.js'), 'serve', '--config', configOf('weir.json', ports)];
    },
  };
}

/** The way to production: compiled, beside its package.json and what is installed. */
function buildWeir(to: string): void {
  mkdirSync(to);
  const tsc = join(repository, 'node_modules/typescript/bin/tsc');
  const project = join(repository, 'tsconfig.build.json');
  const result = spawnSync(process.execPath, [tsc, '-p', project, '--outDir', join(to, 'dist')], { encoding: 'utf8' });
  if (result.status !== 0) throw new Error(`weir does not build:\n${result.stdout}${result.stderr}`);
  cpSync(join(repository, 'package.json'), join(to, 'package.json'));
  symlinkSync(join(repository, 'node_modules'), join(to, 'node_modules'));
}

function native(
  name: string,
  debianPackage: string,
  versionArguments: string[],
  command: (ports: Ports) => string[],
): Contender {
  const installed = isInstalled(name);
  const said = installed ? spawnSync(name, versionArguments, { encoding: 'utf8' }) : null;
  const version = /\d+\.\d+(\.\d+)?/.exec(`${said?.stdout}${said?.stderr}`)?.[0] ?? '';
  return { name, version, missing: installed ? null : `apt-get install ${debianPackage}`, command };
}

function peer(node: string, name: string, dependency: string | null): Contender {
  const place = dependency === null ? null : packageOf(dependency);
  return {
    name,
    version: place === null ? '' : versionIn(place),
    missing: dependency !== null && place === null ? `npm install (for ${dependency})` : null,
    command: ({ listen, stable, candidate }) => [
      node,
      join(here, `peers/${name}.ts`),
      ...[listen, stable, candidate].map(String),
    ],
  };
}

/** Where a dependency is installed, as a file beside this one would find it. */
function packageOf(name: string): string | null {
  const places = [here, repository].map((root) => join(root, 'node_modules', name));
  return places.find((place) => existsSync(place)) ?? null;
}

const versionIn = (place: string): string =>
  (JSON.parse(readFileSync(join(place, 'package.json'), 'utf8')) as { version: string }).version;

/** A configuration with its ports filled in. */
export function configOf(name: string, ports: Ports): string {
  const values: Record<string, string> = {
    listen: String(ports.listen),
    stable: String(ports.stable),
    candidate: String(ports.candidate),
    directory,
  };
  const text = readFileSync(join(here, 'configs', name), 'utf8');
  const file = join(directory, `${ports.listen}-${name}`);
  writeFileSync(
    file,
    text.replaceAll(/@(\w+)@/g, (_, key: string) => values[key]!),
  );
  return file;
}
