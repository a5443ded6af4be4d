import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

/** What can be seen without building; `npm run image:test` builds it and runs it. */
const root = resolve(import.meta.dirname, '../..');
const textOf = (file: string) => readFileSync(join(root, file), 'utf8');
const dockerfile = textOf('Dockerfile');
const { scripts, version } = JSON.parse(textOf('package.json')) as {
  scripts: Record<string, string>;
  version: string;
};
const listOf = (instruction: string): string[] => {
  const [, list] = new RegExp(`^${instruction} (\\[.*\\])$`, 'm').exec(dockerfile) ?? [];
  return JSON.parse(list ?? '[]') as string[];
};

describe('the Dockerfile', () => {
  it('starts Weir as npm start does, with no shell between', () => {
    const [, flags = ''] = /node (--.*) src\/main\.ts serve/.exec(scripts['start']!) ?? [];
    expect(listOf('ENTRYPOINT')).toEqual(['node', ...flags.split(' '), '/opt/weir/dist/main.js']);
    expect(listOf('CMD')).toEqual(['serve', '--config', '/etc/weir/weir.yaml']);
  });

  it('runs as a user that is not root, by number, and stops by the signal that drains', () => {
    expect(dockerfile).toMatch(/^USER [1-9]\d*:[1-9]\d*$/m);
    expect(dockerfile).toMatch(/^STOPSIGNAL SIGTERM$/m);
  });

  it('names its base in full, in one place', () => {
    expect(dockerfile.match(/^ARG BASE=docker\.io\/library\/node:26\.10\.0-bookworm-slim$/m)).not.toBeNull();
    const bases = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map((match) => match[1]);
    expect(new Set(bases)).toEqual(new Set(['${BASE}']));
  });

  it('is of this version', () => {
    expect(dockerfile).toContain(`ARG VERSION=${version}\n`);
  });

  it('copies what stays from a stage that made it readable, whatever the umask of the checkout was', () => {
    const stages = dockerfile.split(/^FROM /m);
    const copies = [...stages.at(-1)!.matchAll(/^COPY (.*)$/gm)].map((match) => match[1]!);
    expect(copies.length).toBeGreaterThan(0);
    expect(copies.filter((copy) => !copy.startsWith('--from='))).toEqual([]);
    const fromBuild = copies.flatMap((copy) => [...copy.matchAll(/ \/build\/(\S+)/g)].map((match) => match[1]!));
    const [, made = ''] = /chmod -R a\+rX (.*)$/m.exec(dockerfile) ?? [];
    expect(fromBuild.toSorted()).toEqual(made.split(' ').toSorted());
  });

  it('is given what it copies, and not the tests', () => {
    const given = textOf('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap((match) => match[1]!.split(' '));
    const isGiven = (file: string) => given.some((each) => file === each || file.startsWith(`${each}/`));
    expect(copied.filter((file) => !isGiven(file))).toEqual([]);
    expect(given.filter((file) => /test|bench|fuzz|image/.test(file))).toEqual([]);
  });
});
