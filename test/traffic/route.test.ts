import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/support/random.ts';
import { createDraw } from '../../src/traffic/draw.ts';
import { Pool } from '../../src/traffic/pool.ts';
import type { Sticky } from '../../src/traffic/route.ts';
import { createRoute } from '../../src/traffic/route.ts';
import { HeadFacts } from '../../src/traffic/wire/head.ts';
import { createNameTable, REQUEST_NAMES } from '../../src/traffic/wire/names.ts';
import { scanRequest } from '../../src/traffic/wire/request-head.ts';

const address = { url: 'http://a', protocol: 'http:', host: 'a', port: 80, authority: 'a' } as const;
const pool = new Pool(address, Buffer.alloc(0));
const facts = new HeadFacts(50);

/** Routes one request after the other, each given by its header lines. */
function router(sticky: Sticky, hasCandidate = true) {
  const names = createNameTable(REQUEST_NAMES, [sticky !== null && 'header' in sticky ? sticky.header : '', 'x-side']);
  const random = seededRandom(5);
  const route = createRoute({ service: 'shop', sticky, random, draw: createDraw(random) });
  return (share: number, ...lines: string[]) => {
    const bytes = Buffer.from(['GET / HTTP/1.1', 'Host: a', ...lines, '\r\n'].join('\r\n'));
    expect(scanRequest(bytes, 0, bytes.length, facts, names)).toBe(0);
    const {
      side,
      forced,
      lines: added,
    } = route({ share, stable: pool, candidate: hasCandidate ? pool : null }, bytes, facts);
    return { side, forced, added: added.toString() };
  };
}

describe('the route', () => {
  it('draws by the share when nothing else is said', () => {
    const route = router(null);
    const sides = Array.from({ length: 100 }, () => route(2000).side);
    expect(sides.filter((side) => side === 1)).toHaveLength(20);
    expect(route(0)).toEqual({ side: 0, forced: false, added: '' });
  });

  it.each([
    [2000, 1999, 1],
    [2000, 2000, 0],
    [0, 0, 0],
    [1, 0, 1],
    [10_000, 9999, 1],
  ])('at a share of %i puts bucket %i on side %i', (share, bucket, side) => {
    expect(router({ cookie: 'weir' })(share, `Cookie: weir=${bucket}`)).toEqual({ side, forced: false, added: '' });
  });

  it('finds the cookie in a second line too, and believes the first that is one', () => {
    const route = router({ cookie: 'weir' });
    expect(route(5000, 'Cookie: weir=garbage', 'Cookie: a=b; weir=1').side).toBe(1);
    expect(route(5000, 'Cookie: weir=1; weir=9999').side).toBe(1);
  });

  it('gives who has no bucket one that the answer’s cookie names', () => {
    const route = router({ cookie: 'weir' });
    for (let user = 0; user < 100; user++) {
      const { side, added } = route(5000);
      const bucket = /^set-cookie: weir=(\d+); /.exec(added)![1]!;
      expect(side).toBe(Number(bucket) < 5000 ? 1 : 0);
      expect(route(5000, `Cookie: weir=${bucket}`)).toEqual({ side, forced: false, added: '' });
    }
  });

  it('obeys the override before all else, and sets no cookie then', () => {
    const route = router({ cookie: 'weir' });
    expect(route(10_000, 'X-Side: stable')).toEqual({ side: 0, forced: true, added: '' });
    expect(route(0, 'x-side: CANDIDATE', 'Cookie: weir=9999')).toEqual({ side: 1, forced: true, added: '' });
    expect(route(0, 'x-side: both', 'Cookie: weir=9999')).toEqual({ side: 0, forced: false, added: '' });
  });

  it('knows only stable where there is no candidate, and forces nobody to what is not there', () => {
    const route = router({ cookie: 'weir' }, false);
    expect(route(10_000, 'X-Side: candidate')).toEqual({ side: 0, forced: false, added: '' });
    expect(route(10_000, 'X-Side: stable')).toEqual({ side: 0, forced: true, added: '' });
  });

  it('keeps nothing of one choice for the next', () => {
    const route = router({ cookie: 'weir' });
    expect(route(5000).added).not.toBe('');
    route(5000, 'X-Side: candidate');
    expect(route(5000, 'Cookie: weir=1')).toEqual({ side: 1, forced: false, added: '' });
  });
});
