import { assert, integer, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  parseHistoryQuery,
  parseIfMatch,
  parseRollback,
  parseRollout,
  parseWeights,
} from '../../src/admin/contract.ts';
import type { Parsed } from '../../src/admin/contract.ts';

const asker = { actor: 'operator' };
const valueOf = <T>(parsed: Parsed<T>): T => {
  if ('mistakes' in parsed) throw new Error(JSON.stringify(parsed.mistakes));
  return parsed.value;
};
const mistakesOf = (parsed: Parsed<unknown>) =>
  'mistakes' in parsed ? parsed.mistakes.map(({ at, message }) => `${at}: ${message}`) : [];

const VERSION = 'a version like v1.2.3 (up to 128 letters, digits and . _ + : @ / -)';
const KEYS = 'version, url, image, commit, configHash, plan, reason, force';

describe('what came', () => {
  const version = 'v1.3.0';
  const url = 'http://127.0.0.1:3001';

  it('is told with what was expected and where, in the words of the configuration', () => {
    const step = { weight: 5, hold: '2m', gate: { uri: 1 } };
    expect(mistakesOf(parseRollout({ version: 'latest', url: 5, plan: [step, 7] }, asker))).toEqual([
      'version: expected a version that always means the same release, got "latest"',
      'url: expected a URL like http://127.0.0.1:3000, got 5',
      'plan[0].gate.url: expected a URL like https://gates.example/weir, got nothing',
      'plan[0].gate.uri: unknown key, did you mean "url"?',
      'plan[1]: expected a mapping with keys among weight, hold, gate, got 7',
    ]);
    expect(mistakesOf(parseRollout({ version, url, plan: '5%:2m' }, asker))).toEqual([
      'plan: expected a list, got "5%:2m"',
    ]);
    expect(mistakesOf(parseRollback({ to: 'latest', force: 'yes' }, asker))).toEqual([
      'to: expected a version that always means the same release, got "latest"',
      'force: expected true or false, got "yes"',
    ]);
    expect(mistakesOf(parseWeights({ 'v1.3.0': 101 }, asker))).toEqual([
      '"v1.3.0": expected a weight between 0 and 100 %, got 101',
    ]);
    expect(mistakesOf(parseHistoryQuery({ limit: 'all' }))).toEqual([
      'limit: expected a whole number between 1 and 1000, got "all"',
    ]);
    expect(mistakesOf(parseIfMatch('5'))).toEqual([
      'If-Match: expected one quoted revision like "5" (as in ETag), or *, got "5"',
    ]);
  });

  it('is cut, and shown without passwords and tokens, also where it is a key', () => {
    const token = `weir_3f9c2a7b1d04_${'5e'.repeat(32)}`;
    const gate = (gateUrl: string) => ({ version, url, plan: [{ weight: 5, hold: '2m', gate: { url: gateUrl } }] });
    const told = [
      parseRollout({ version: token, url, [token]: 1 }, asker),
      parseRollout({ version: '-'.repeat(9000), url: 'http://me:hunter2@127.0.0.1:99999' }, asker),
      parseRollout(gate('ftp://me:hunter2@gates.example/'), asker),
      parseRollout(gate('https://me:hunter2@gates.example/'), asker),
      parseRollback({ reason: `\n${token}\n${token}` }, asker),
    ].map(mistakesOf);
    const text = JSON.stringify(told);
    expect(text).not.toContain('hunter2');
    expect(text).not.toContain('5e5e');
    expect(text).toContain('weir_3f9c2a7b1d04_…');
    for (const mistake of told.flat()) expect(mistake.length).toBeLessThan(250);
  });
});

it.each([
  ['https://me:hunter2@gates.example/', 'expected a URL without a user or password: everybody may see it, got '],
  ['http://[gates.example/', 'expected a URL like https://gates.example/weir, got '],
])('a gate may not be at %s', (gateUrl, mistake) => {
  const body = { version: 'v2', url: 'http://a', plan: [{ weight: 5, hold: '2m', gate: { url: gateUrl } }] };
  expect(mistakesOf(parseRollout(body, asker))).toEqual([expect.stringContaining(`plan[0].gate.url: ${mistake}`)]);
});

describe('a body of very many mistakes', () => {
  it('is told twenty of them, with keys of a bearable length', () => {
    const keys = Array.from({ length: 5000 }, (_, index) => `${'k'.repeat(index === 0 ? 60_000 : 1)}${index}`);
    const told = mistakesOf(parseRollback(Object.fromEntries(keys.map((key) => [key, 1])), asker));
    expect(told).toHaveLength(21);
    expect(told.at(-1)).toBe(': and 4980 mistakes more');
    expect(told.join('').length).toBeLessThan(2500);
  });
});

describe('weights', () => {
  it('keep their names, and leave the rest to the other side when one stands alone', () => {
    expect(valueOf(parseWeights({ candidate: 5, reason: ' more ' }, asker))).toEqual({
      kind: 'set-weights',
      actor: 'operator',
      reason: 'more',
      weights: { candidate: 5 },
    });
    expect(valueOf(parseWeights({ 'v1.3.0': 5, 'v1.2.3': 95 }, asker))).toMatchObject({
      weights: { 'v1.3.0': 5, 'v1.2.3': 95 },
    });
  });

  it('carry the revision that was asked for', () => {
    expect(valueOf(parseWeights({ stable: 0 }, { ...asker, expectedRevision: 7 }))).toMatchObject({
      expectedRevision: 7,
    });
  });

  it.each([
    [{}, ': expected a weight for at least one side, got none'],
    [{ reason: 'x' }, ': expected a weight for at least one side, got none'],
    [{ candidate: 101 }, 'candidate: expected a weight between 0 and 100 %, got 101'],
    [{ candidate: -0.01 }, 'candidate: expected a weight between 0 and 100 %, got -0.01'],
    [{ candidate: 0.005 }, 'candidate: expected at most two decimals (hundredths of a percent), got 0.005'],
    [{ candidate: 5e-324 }, 'candidate: expected at most two decimals (hundredths of a percent), got 5e-324'],
    [{ candidate: '5' }, 'candidate: expected a number of percent, got "5"'],
    [{ candidate: null }, 'candidate: expected a number of percent, got null'],
    [{ candidate: [5] }, 'candidate: expected a number of percent, got a list'],
    [{ candidate: { percent: 5 } }, 'candidate: expected a number of percent, got a mapping'],
    [{ candidate: Number.POSITIVE_INFINITY }, 'candidate: expected a number of percent, got Infinity'],
    [{ candidate: 10, stable: 80 }, ': expected weights that sum to 100, got 10 + 80 = 90'],
    [{ a: 10, b: 80, c: 10 }, ': expected weights for at most two sides, got 3'],
  ])('%j is refused', (body, message) => {
    expect(mistakesOf(parseWeights(body, asker))).toEqual([message]);
  });

  it.each(['__proto__', 'constructor', 'prototype'])('never take %s for a version', (key) => {
    const body: unknown = JSON.parse(`{"${key}": 5}`);
    expect(mistakesOf(parseWeights(body, asker))).toEqual([
      `${key}: unknown key, expected stable, candidate or a version`,
    ]);
  });

  it('of zero are plain zero, also when written as minus zero', () => {
    const command = valueOf(parseWeights(JSON.parse('{"candidate": -0}'), asker));
    expect(command).toMatchObject({ weights: { candidate: 0 } });
  });

  it('in hundredths of a percent are all accepted, with their complement', () => {
    assert(
      property(integer({ min: 0, max: 10_000 }), (share) => {
        const body = { candidate: share / 100, stable: (10_000 - share) / 100 };
        expect(mistakesOf(parseWeights(body, asker))).toEqual([]);
      }),
    );
  });

  it('with many mistakes are answered with every one of them', () => {
    expect(mistakesOf(parseWeights({ candidate: 'x', stable: 200, reason: 7 }, asker)).toSorted()).toEqual([
      'candidate: expected a number of percent, got "x"',
      'reason: expected a text, got 7',
      'stable: expected a weight between 0 and 100 %, got 200',
    ]);
  });
});

describe('a reason', () => {
  it.each([{}, { reason: '' }, { reason: '   ' }])('need not be given: %j', (body) => {
    expect(valueOf(parseRollback(body, asker))).toEqual({
      kind: 'roll-back',
      actor: 'operator',
      reason: 'no reason given',
    });
  });

  it('may have 500 characters after trimming, and no more', () => {
    expect(mistakesOf(parseRollback({ reason: ` ${'x'.repeat(500)} ` }, asker))).toEqual([]);
    expect(mistakesOf(parseRollback({ reason: 'x'.repeat(501) }, asker))).toEqual([
      'reason: expected at most 500 characters, got 501',
    ]);
  });

  it.each([
    ['a\nb', String.raw`a\nb`],
    ['a\u0000b', String.raw`a\u0000b`],
    ['a\u001b[31mb', String.raw`a\u001b[31mb`],
    ['a\u0085b', String.raw`a\u0085b`],
    ['a\u2028b', String.raw`a\u2028b`],
    ['a\u061cb', String.raw`a\u061cb`],
    ['a\u202eb', String.raw`a\u202eb`],
    ['a\ud800b', String.raw`a\ud800b`],
  ])('cannot forge a log line: %j, not even in the mistake', (reason, shown) => {
    expect(mistakesOf(parseRollback({ reason }, asker))).toEqual([
      `reason: expected a single line without control characters, got "${shown}"`,
    ]);
  });
});

describe('a rollback', () => {
  it('may say where to', () => {
    expect(valueOf(parseRollback({ to: 'v1.2.2' }, asker))).toHaveProperty('to', 'v1.2.2');
    expect(mistakesOf(parseRollback({ to: 'latest' }, asker))).toHaveLength(1);
  });

  it('to stable is not refused for a force that has nothing to override, with or without a reason', () => {
    expect(valueOf(parseRollback({ force: true }, asker))).not.toHaveProperty('force');
    expect(valueOf(parseRollback({ force: true, to: 'v1.2.2', reason: 'sure' }, asker))).toHaveProperty('force', true);
    expect(mistakesOf(parseRollback({ force: true, to: 'v1.2.2' }, asker))).toHaveLength(1);
  });

  it('that overrides a check must say why', () => {
    expect(mistakesOf(parseRollback({ to: 'v1.2.2', force: true }, asker))).toEqual([
      'reason: expected a reason, because force overrides checks, got none',
    ]);
    expect(valueOf(parseRollback({ to: 'v1.2.2', force: true, reason: 'I know' }, asker))).toHaveProperty(
      'force',
      true,
    );
  });

  it.each([null, [], 'x', 5, true])('is refused when its body is %j', (body) => {
    expect(mistakesOf(parseRollback(body, asker))).toEqual([expect.stringMatching(/^: expected a JSON object, got /)]);
  });
});

describe('a rollout', () => {
  const version = 'v1.3.0';
  const url = 'http://127.0.0.1:3001';

  it('starts a candidate with its provenance', () => {
    const provenance = { image: 'registry/checkout@sha256:1', commit: 'abc', configHash: 'f00' };
    expect(valueOf(parseRollout({ version, url, ...provenance, reason: 'go' }, asker))).toEqual({
      kind: 'start',
      actor: 'operator',
      reason: 'go',
      candidate: { version, url, ...provenance },
    });
  });

  it('leaves out the provenance that is not given', () => {
    expect(valueOf(parseRollout({ version, url }, asker))).toHaveProperty('candidate', { version, url });
  });

  it('may bring a plan of its own, that rises', () => {
    const plan = [
      { weight: 5, hold: '2m' },
      { weight: 100, hold: '1s', gate: { url: 'https://gates.example/' } },
    ];
    expect(valueOf(parseRollout({ version, url, plan }, asker))).toHaveProperty('plan', [
      { share: 500, holdMs: 120_000, gate: null },
      { share: 10_000, holdMs: 1000, gate: 'https://gates.example/' },
    ]);
    const falling = [
      { weight: 5, hold: '2m' },
      { weight: 5, hold: '2' },
    ];
    expect(mistakesOf(parseRollout({ version, url, plan: falling }, asker))).toEqual([
      'plan[1].hold: expected a duration like 100ms, 5s, 2m, 1h or 30d, between 1ms and 24d, got "2"',
    ]);
    const level = [
      { weight: 5, hold: '2m' },
      { weight: 5, hold: '2m' },
    ];
    expect(mistakesOf(parseRollout({ version, url, plan: level }, asker))).toEqual([
      'plan[1].weight: expected a weight above 5 %, got 5',
    ]);
  });

  it('says every mistake at once', () => {
    expect(mistakesOf(parseRollout({ plan: [], url: 'ftp://x', verison: 'v1', __x: 1 }, asker)).toSorted()).toEqual([
      `__x: unknown key, expected one of ${KEYS}`,
      'plan: expected at least one step, got none',
      'url: expected http://, https:// or unix:, got scheme "ftp"',
      'verison: unknown key, did you mean "version"?',
      `version: expected ${VERSION}, got nothing`,
    ]);
  });

  it.each([
    'stable',
    'candidate',
    'reason',
    'prototype',
    'constructor',
    '',
    '-v1',
    'v1 2',
    'v1\\2',
    'Latest',
    'é',
    'x'.repeat(129),
  ])('is refused when its version is "%s"', (version) => {
    expect(mistakesOf(parseRollout({ version, url }, asker)).join()).toMatch(/^version: expected/);
  });

  it('refuses a polluting key', () => {
    const body: unknown = JSON.parse(`{"version": "v1", "url": "${url}", "__proto__": {"image": "x"}}`);
    expect(mistakesOf(parseRollout(body, asker))).toEqual([`__proto__: unknown key, expected one of ${KEYS}`]);
  });
});

describe('If-Match', () => {
  it.each([
    ['"5"', 5],
    [' "0" ', 0],
    ['*', null],
    [undefined, null],
  ])('%s asks for revision %s', (header, revision) => {
    expect(valueOf(parseIfMatch(header))).toBe(revision);
  });

  it.each(['', '5', '"05"', '"-1"', '"1.5"', 'W/"5"', '"5", "6"', '"x"', '"99999999999999999999"'])(
    '%s is malformed',
    (header) => {
      expect(mistakesOf(parseIfMatch(header))).toHaveLength(1);
    },
  );
});

describe('the history query', () => {
  it('asks for 100 events unless told', () => {
    expect(valueOf(parseHistoryQuery({}))).toEqual({ limit: 100 });
    expect(valueOf(parseHistoryQuery({ limit: '1000' }))).toEqual({ limit: 1000 });
    expect(valueOf(parseHistoryQuery({ limit: '1' }))).toEqual({ limit: 1 });
  });

  it.each(['0', '1001', '-1', '1.5', '1e2', '', 'x', ' 5', ['1', '2']])('refuses a limit of %j', (limit) => {
    expect(mistakesOf(parseHistoryQuery({ limit }))).toHaveLength(1);
  });

  it('refuses a key that it does not know, because a mistyped limit would silently be 100', () => {
    expect(mistakesOf(parseHistoryQuery({ limt: '5' }))).toEqual(['limt: unknown key, did you mean "limit"?']);
  });
});
