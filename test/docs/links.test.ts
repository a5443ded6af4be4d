import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PAGES, root, textOf } from './pages.ts';

/** As GitHub makes an anchor of a heading: lower case, without marks, spaces as hyphens, a number where it is taken. */
function anchorsOf(page: string): Set<string> {
  const seen = new Map<string, number>();
  const running = textOf(page).replaceAll(/^ *```[\s\S]*?^ *```$/gm, '');
  const anchors = [...running.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => {
    const anchor = heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(' ', '-');
    const count = seen.get(anchor) ?? 0;
    seen.set(anchor, count + 1);
    return count === 0 ? anchor : `${anchor}-${count}`;
  });
  return new Set(anchors);
}

describe('the links', () => {
  it.each(PAGES)('of %s lead somewhere', (page) => {
    const links = [...textOf(page).matchAll(/(?<!`)\]\(([^)\s]+)\)/g)].map((match) => match[1]!);
    const broken = links.filter((link) => {
      if (/^https?:/.test(link)) return !URL.canParse(link);
      const [file = '', anchor] = link.split('#');
      const target = file === '' ? page : join(dirname(page), file);
      if (!existsSync(join(root, target))) return true;
      return anchor !== undefined && !anchorsOf(target).has(anchor);
    });
    expect(broken).toEqual([]);
  });

  it('of the index lead to every page', () => {
    const linked = [...textOf('docs/README.md').matchAll(/\]\(([\w.-]+\.md)\)/g)].map((match) => match[1]!);
    const pages = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md') && name !== 'README.md');
    expect(new Set(linked)).toEqual(new Set(pages));
  });
});
