import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sectionOf } from '../markdown.ts';
import { isInstalled } from '../installed.ts';
import { commandsOf, follow } from './walkthrough.ts';

const page = readFileSync(resolve(import.meta.dirname, '../../docs/hosts.md'), 'utf8');

describe.skipIf(!isInstalled('curl'))('the blue-green switch of docs/hosts.md', () => {
  it('does what the page says, command for command', async () => {
    const { script, prints } = commandsOf(sectionOf(page, 'Blue-green on one machine, step by step'));
    expect(prints.length).toBeGreaterThan(10);
    expect(await follow(script, [3000, 3001, 8080, 9901, 9902])).toEqual(prints);
  });
});
