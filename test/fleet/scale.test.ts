import { describe, expect, it } from 'vitest';
import { parseStoreUrl } from '../../src/model/store-address.ts';
import { isReader, periodMsOf, rankOf, reportedUntilMs, tooLargeFor, urgentMsOf } from '../../src/fleet/scale.ts';
import { createWithdrawal, withdrawnReason } from '../../src/fleet/withdraw.ts';

describe('a growing fleet', () => {
  it('keeps its store below two thousand scripts a second', () => {
    for (const members of [1, 10, 1000, 3000, 20_000]) {
      expect((members * 1000) / periodMsOf(1000, members)).toBeLessThanOrEqual(2000);
      expect((members * 1000) / urgentMsOf(members)).toBeLessThanOrEqual(2000);
    }
    expect(periodMsOf(1000, 300)).toBe(1000);
  });

  it('has a handful of readers, and as long as it is small only readers', () => {
    const readersOf = (members: number) =>
      Array.from({ length: members }, (_, position) => isReader(members, position)).filter(Boolean).length;
    expect([1, 300, 301, 3000].map(readersOf)).toEqual([1, 300, 5, 5]);
  });

  it('ranks its members evenly, each service in its own order', () => {
    const ranks = Array.from({ length: 1000 }, (_, at) => rankOf('checkout', `member-${at}`));
    expect(new Set(ranks).size).toBe(1000);
    expect(ranks.filter((rank) => rank < 2 ** 31).length).toBeGreaterThan(400);
    expect(ranks.filter((rank) => rank < 2 ** 31).length).toBeLessThan(600);
    expect(rankOf('cart', 'member-1')).not.toBe(ranks[1]);
  });

  it('says when its limits can no longer be kept in time', () => {
    expect(tooLargeFor(120_000, 1000, 3000)).toBeNull();
    expect(tooLargeFor(10_000, 1000, 3000)).toContain('3000 members');
    expect(tooLargeFor(1000, 1000, 1)).toContain('expected at least 8000 ms');
  });

  it('judges up to where all have reported, and waits for nobody who may be gone', () => {
    expect(reportedUntilMs(10_000, 9700, 1000)).toBe(9700);
    expect(reportedUntilMs(10_000, 6000, 1000)).toBe(8800);
  });
});

describe('members that go back by themselves', () => {
  it('take the candidate from all when they are three and a fifth, or the majority of fewer', () => {
    const relationOf = (withdrawn: number, members: number) => withdrawnReason(withdrawn, members)?.relation ?? null;
    expect([relationOf(0, 5), relationOf(2, 5), relationOf(3, 5), relationOf(3, 15)]).toEqual([null, '<=', '>', '>']);
    expect([relationOf(3, 16), relationOf(4, 16), relationOf(199, 1000), relationOf(200, 1000)]).toEqual([
      '<=',
      '>',
      '<=',
      '>',
    ]);
    expect([relationOf(1, 2), relationOf(2, 2)]).toEqual(['<=', '>']);
    expect([relationOf(1, 3), relationOf(2, 3), relationOf(2, 4), relationOf(3, 4)]).toEqual(['<=', '>', '<=', '>']);
    expect(withdrawnReason(3, 10)?.text).toBe('3 of 10 members have gone back to stable by themselves > 2');
  });

  it('do so for one life of the candidate, and say why they did first', () => {
    const withdrawal = createWithdrawal();
    withdrawal.withdraw('1.4', 'first');
    withdrawal.withdraw('1.4', 'second');
    expect([withdrawal.reasonIn('1.4'), withdrawal.reasonIn('1.9')]).toEqual(['first', null]);
  });
});

describe('the address of a store', () => {
  it.each([
    ['redis://host', { kind: 'server', nodes: [{ host: 'host', port: 6379 }], tls: false, database: 0 }],
    ['rediss://host:7000/2', { kind: 'server', nodes: [{ host: 'host', port: 7000 }], tls: true, database: 2 }],
    ['redis://[::1]:7000', { nodes: [{ host: '::1', port: 7000 }] }],
    [
      'redis+sentinel://a,b:7/main',
      {
        kind: 'sentinel',
        primary: 'main',
        nodes: [
          { host: 'a', port: 26_379 },
          { host: 'b', port: 7 },
        ],
      },
    ],
    [
      'rediss+cluster://a:1,b:2',
      {
        kind: 'cluster',
        tls: true,
        nodes: [
          { host: 'a', port: 1 },
          { host: 'b', port: 2 },
        ],
      },
    ],
  ])('%s is understood', (url, expected) => {
    expect(parseStoreUrl(url)).toMatchObject({ address: expected });
  });

  it.each([
    'http://host',
    'redis://',
    'redis://a,b',
    'redis://host/x',
    'redis+sentinel://a',
    'redis+cluster://a/1',
    'redis://a:99999',
    'redis://weir:secret@host',
  ])('%s is not', (url) => expect(parseStoreUrl(url)).toHaveProperty('mistake'));
});
