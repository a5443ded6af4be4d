import { describe, expect, it } from 'vitest';
import { ROUTES } from '../../src/admin/routes.ts';
import { commandsOf, follow } from '../hosts/walkthrough.ts';
import { isInstalled } from '../installed.ts';
import { sectionOf } from '../markdown.ts';
import { textOf } from './pages.ts';

describe.skipIf(!isInstalled('curl'))('the examples of docs/api.md', () => {
  it('do what the page says, command for command, against a real sidecar', async () => {
    const { script, prints } = commandsOf(sectionOf(textOf('docs/api.md'), 'By example'));
    expect(prints.length).toBeGreaterThan(15);
    expect(await follow(script, [3000, 3001, 8080, 9901, 9902])).toEqual(prints);
  });
});

describe('the operations of docs/api.md', () => {
  it('are those of the table of routes', () => {
    const told = [...textOf('docs/api.md').matchAll(/^#### (GET|PUT|POST) (\S+)$/gm)].map(
      ([, method, path]) => `${method} ${path}`,
    );
    expect(told.toSorted()).toEqual(ROUTES.map(({ method, path }) => `${method.toUpperCase()} ${path}`).toSorted());
  });
});
