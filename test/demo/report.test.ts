import { describe, expect, it } from 'vitest';
import type { Account } from '../../src/demo/ledger.ts';
import type { Findings, Reset } from '../../src/demo/report.ts';
import { accountTable, claimsOf, drainClaim, resetTable } from '../../src/demo/report.ts';

const account = (answers: number, failures: number): Account => {
  return { answers, failures, firstSlowAtMs: null, p50Ms: 2, p95Ms: 5 };
};
const failing: Reset = {
  version: 'v1.3.0',
  act: 'fails',
  expected: 'errors',
  measures: ['errors'],
  reason: 'candidate failures 2.17 % > 2 %',
  weights: { stable: 100, candidate: 0 },
  failuresGiven: 7,
  failuresSeen: 0,
  firstBadAtMs: 9000,
  resetAtMs: 9620,
  lastRequestAtMs: 9500,
  receivedAfter: 0,
};
const slow: Reset = {
  ...failing,
  version: 'v1.3.1',
  act: 'is slow',
  expected: 'p95',
  measures: ['p95'],
  failuresGiven: 0,
};
const good: Findings = {
  wantedPercent: 10,
  split: { answers: 2700, ofCandidate: 270, isStillSplit: true },
  resets: [failing, slow],
  accounts: [
    { version: 'v1.2.3', account: account(5216, 0) },
    { version: 'v1.3.0', account: account(270, 0) },
  ],
  windowMs: 10_000,
  rollbacks: { errors: 1, p95: 1 },
  shielded: 7,
};
const broken = (change: Partial<Findings>) =>
  claimsOf({ ...good, ...change })
    .filter(({ holds }) => !holds)
    .map(({ text }) => text);
const brokenReset = (change: Partial<Reset>) => broken({ resets: [{ ...failing, ...change }, slow] });

describe('the verdict on a run of the demo', () => {
  it('is good when everything happened', () => {
    expect(broken({})).toEqual([]);
  });

  it.each([
    ['two points below the share are near enough', 216, 0],
    ['two points above too', 324, 0],
    ['more than two points below are not', 215, 1],
    ['more than two points above are not', 325, 1],
  ])('%s', (_, ofCandidate, count) => {
    expect(broken({ split: { answers: 2700, ofCandidate, isStillSplit: true } })).toHaveLength(count);
  });

  it('is bad without a single answer', () => {
    expect(broken({ split: { answers: 0, ofCandidate: 0, isStillSplit: true } })).toHaveLength(1);
  });

  it('is bad when the healthy candidate was taken out', () => {
    expect(broken({ split: { ...good.split, isStillSplit: false } })).toEqual([
      'it was left in peace: it was taken out',
    ]);
  });

  it('is bad when a candidate was never taken out', () => {
    expect(brokenReset({ resetAtMs: null })).toEqual(['v1.3.0 was taken out: it was not']);
  });

  it.each<[string, Partial<Reset>]>([
    ['the reset took longer than the window', { resetAtMs: 19_001 }],
    ['nobody gave a bad answer', { firstBadAtMs: null }],
    ['another guard did it', { measures: ['p95', 'errors'] }],
    ['no guard did it', { measures: [] }],
    ['the weight came back', { weights: { stable: 90, candidate: 10 } }],
    ['the weight is not known', { weights: null }],
    ['one request reached the candidate afterwards', { receivedAfter: 1 }],
    ['nobody asked how many reached it', { receivedAfter: null }],
  ])('is bad when %s', (_, change) => {
    expect(brokenReset(change)).toHaveLength(1);
  });

  it('is good when the reset came before the first bad answer had ended', () => {
    expect(brokenReset({ resetAtMs: 8900 })).toEqual([]);
  });

  it.each([
    { errors: 2, p95: 1 },
    { errors: 1, p95: 0 },
    { errors: null, p95: 1 },
  ])('is bad when the metrics count %o', (rollbacks) => {
    expect(broken({ rollbacks })).toHaveLength(1);
  });

  it('is bad when users saw a failure, whoever gave it', () => {
    expect(broken({ accounts: [...good.accounts, { version: null, account: account(1, 1) }] })).toEqual([
      'users saw no failure: 1 of 5,487 answers',
    ]);
  });

  it.each([
    ['one failure was not replayed', 6, '6'],
    ['more were replayed than it gave', 8, '8'],
    ['the count of replays could not be read', null, '-'],
  ])('is bad when %s', (_, shielded, told) => {
    expect(broken({ shielded })).toEqual([
      `each failure of the candidate was replayed on stable: it gave 7, weir_shielded_total says ${told}`,
    ]);
  });

  it('is bad when the failing candidate never failed', () => {
    expect(broken({ resets: [{ ...failing, failuresGiven: 0 }, slow], shielded: 0 })).toEqual([
      'each failure of the candidate was replayed on stable: it gave 0, weir_shielded_total says 0',
    ]);
  });

  it('is bad when Weir did not drain, or had to be killed', () => {
    expect([0, 1, null].map((code) => drainClaim(code).holds)).toEqual([true, false, false]);
  });
});

describe('the tables of the demo', () => {
  it('tell requests and failures by who answered, in aligned columns', () => {
    expect(accountTable(good)).toEqual([
      'answered by   requests   failures users saw    p50    p95',
      'v1.2.3           5,216                    0   2 ms   5 ms',
      'v1.3.0             270                    0   2 ms   5 ms',
    ]);
  });

  it('tell how long each reset took, and a dash for what did not happen', () => {
    const [header, given, seen, toReset, toLast, after] = resetTable({
      ...good,
      resets: [failing, { ...slow, resetAtMs: null, lastRequestAtMs: null, receivedAfter: null }],
    });
    expect(header).toMatch(/v1\.3\.0 fails +v1\.3\.1 is slow$/);
    expect(given).toMatch(/^failures it gave, by its own count +7 +0$/);
    expect(seen).toMatch(/^failures users saw +0 +0$/);
    expect(toReset).toMatch(/^first bad answer to reset +0\.62 s +-$/);
    expect(toLast).toMatch(/^first bad answer to its last request +0\.50 s +-$/);
    expect(after).toMatch(/ 0 +-$/);
  });
});
