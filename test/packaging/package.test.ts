import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commitOf } from '../../src/cli/commit.ts';

/**
 * The package as `npm pack` makes it, installed beside its dependencies as npm would lay it out. Everything happens in
 * a copy, because packing builds `dist/`.
 */
const root = resolve(import.meta.dirname, '../..');
const isOurs = (path: string) => !/(?:^|\/)(?:node_modules|dist|state|\.git)$/.test(path);
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  version: string;
  dependencies: Record<string, string>;
};

describe('the package', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'weir-package-'));
  const [copy, home] = [join(scratch, 'copy'), join(scratch, 'home')];
  let files: string[] = [];
  let program = '';

  beforeAll(() => {
    mkdirSync(home);
    cpSync(root, copy, { recursive: true, filter: isOurs });
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
    const npm = (...args: string[]) => execFileSync('npm', args, { cwd: copy, encoding: 'utf8', stdio: 'pipe' });
    // As a release is built: the commit is told, since there is no .git in this copy.
    execFileSync('npm', ['run', '-s', 'build', '--', '--commit', '0123456789abcdef'], { cwd: copy, stdio: 'pipe' });
    npm('pack', '--ignore-scripts', '--silent', '--pack-destination', home);
    execFileSync('tar', ['-xzf', join(home, `weir-${manifest.version}.tgz`), '-C', home]);
    const installed = join(home, 'node_modules/weir');
    mkdirSync(dirname(installed));
    cpSync(join(home, 'package'), installed, { recursive: true });
    for (const name of Object.keys(manifest.dependencies)) {
      const place = join(home, 'node_modules', name);
      mkdirSync(dirname(place), { recursive: true });
      symlinkSync(join(root, 'node_modules', name), place);
    }
    files = readdirSync(installed, { recursive: true, encoding: 'utf8' });
    mkdirSync(join(home, 'node_modules/.bin'));
    program = join(home, 'node_modules/.bin/weir');
    symlinkSync('../weir/dist/main.js', program);
  });

  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  it('holds the program as JavaScript, the pages and the manifests, and nothing of the workshop', () => {
    const tops = new Set(files.filter((file) => !file.includes('/')));
    const wanted = ['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json'];
    expect(tops).toEqual(
      new Set([...wanted, 'compose', 'config', 'dist', 'docs', 'grafana', 'k8s', 'prometheus', 'systemd']),
    );
    expect(files.filter((file) => /\.ts$|\.map$|\.png$|\.test\.|node_modules/.test(file))).toEqual([]);
    expect(files).toEqual(expect.arrayContaining(['dist/main.js', 'config/demo.yaml', 'systemd/weir.service']));
  });

  it('is a program that npm can link: of its own it finds its libraries and its example', () => {
    // The Node that runs this test, which is not the machine's everywhere.
    const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env['PATH']}` };
    const run = (...args: string[]) => execFileSync(program, args, { encoding: 'utf8', stdio: 'pipe', env });
    expect(run('--version')).toBe(`${manifest.version} (0123456789ab)\n`);
    expect(run('check', join(root, 'config/demo.yaml'))).toContain('is valid');
    for (const verb of ['serve', 'explain', 'drill', 'demo']) expect(run(verb, '--help')).toContain('Usage: weir');
  });

  it.skipIf(!existsSync(join(root, '.git')))('is of the commit that git says', () => {
    const here = new URL(`file://${root}/`);
    const git = (...args: string[]) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
    expect(commitOf(here)).toBe(git('rev-parse', 'HEAD').slice(0, 12));
  });
});
