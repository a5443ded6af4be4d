import { describe, expect, it } from 'vitest';
import { formatMistake, readConfig } from '../../src/config/load.ts';
import { mistakesWith } from './mistakes-with.ts';

const SHARE = 'a share like 5%, between 0% and 100% in steps of 0.01%';
const VERSION = 'a version like v1.2.3 (up to 128 letters, digits and . _ + : @ / -)';
const DURATION = 'a duration like 100ms, 5s, 2m, 1h or 30d';

describe('a mistake', () => {
  it.each([
    [
      'a duration where a share belongs',
      'guards',
      '{ errors: 5s }',
      'guards.errors: expected a share like 0.5%, between 0% and 100%, got "5s"',
    ],
    [
      'a share where a duration belongs',
      'guards',
      '{ p95: 5% }',
      `guards.p95: expected ${DURATION}, between 1ms and 24d, got "5%"`,
    ],
    ['a share without its unit', 'weight', '5', `weight: expected 5% (${SHARE}), got 5`],
    [
      'a duration without its unit',
      'guards',
      '{ p95: 300 }',
      'guards.p95: expected a duration with its unit, like 300ms or 300s, between 1ms and 24d, got 300',
    ],
    ['a share above the whole', 'weight', '101%', `weight: expected ${SHARE}, got "101%"`],
    ['a number above the whole', 'weight', '500', `weight: expected ${SHARE}, got 500`],
    [
      'a gate with a password, which everybody would see',
      'plan',
      '[{ weight: 5%, hold: 1m, gate: { url: "https://me:hunter2@gates.example/" } }]',
      'plan[0].gate.url: expected a URL without a user or password: everybody may see it',
    ],
    ['a negative share', 'weight', '-5%', `weight: expected ${SHARE}, got "-5%"`],
    [
      'a negative duration',
      'timeouts',
      '{ head: -5s }',
      `timeouts.head: expected ${DURATION}, between 1ms and 24d, got "-5s"`,
    ],
    ['a share that is finer than it can be', 'weight', '0.001%', `weight: expected ${SHARE}, got "0.001%"`],
    [
      'a timeout of nothing',
      'timeouts',
      '{ connect: 0s }',
      `timeouts.connect: expected ${DURATION}, between 1ms and 24d, got "0s"`,
    ],
    [
      'a timeout that a timer cannot wait',
      'timeouts',
      '{ head: 25d }',
      `timeouts.head: expected ${DURATION}, between 1ms and 24d, got "25d"`,
    ],
    [
      'a window shorter than a second',
      'guards',
      '{ window: 900ms }',
      `guards.window: expected ${DURATION}, between 1s and 1h, got "900ms"`,
    ],
    [
      'a size in another unit',
      'limits',
      '{ headBytes: 32KB }',
      'limits.headBytes: expected a size like 64KiB, 1MiB or a plain number of bytes, between 1KiB and 64KiB, got "32KB"',
    ],
    [
      'a count of nothing',
      'guards',
      '{ minRequests: 0 }',
      'guards.minRequests: expected a whole number, at least 1, got 0',
    ],
    [
      'a candidate that must be better than stable',
      'guards',
      '{ worseThanStable: 0.5 }',
      'guards.worseThanStable: expected a number, at least 1, got 0.5',
    ],
    ['a rule that is none', 'guards', '{ rule: gut }', 'guards.rule: expected one of evidence, plain, got "gut"'],
    ['half a count', 'limits', '{ inFlight: 1.5 }', 'limits.inFlight: expected a whole number, at least 1, got 1.5'],
    [
      'a choice that is none',
      'log',
      '{ level: loud }',
      'log.level: expected one of trace, debug, info, warn, error, fatal, got "loud"',
    ],
    ['a list where a mapping belongs', 'log', '[]', 'log: expected a mapping with keys among level, file, got a list'],
    ['nothing where a mapping belongs', 'log', '', 'log: expected a mapping with keys among level, file, got nothing'],
    ['a mapping where a value belongs', 'weight', '{ a: 1 }', `weight: expected ${SHARE}, got a mapping`],
    ['no name', 'service', '""', 'service: expected the name of the service, got ""'],
    ['an empty name', 'service', '', 'service: expected the name of the service, got nothing'],
  ])('is %s', (_, key, value, message) => {
    expect(mistakesWith({ [key]: value }).map((text) => text.replace(/^weir\.yaml:\d+: /, ''))).toEqual([message]);
  });

  it('has the line of its key, in block style too', () => {
    const text = 'service: a\nstable:\n  version: v1\n\n  url: http://127.0.0.1:3000\nguards:\n  errors:\n    5s\n';
    const result = readConfig(text, 'weir.yaml');
    expect('mistakes' in result && result.mistakes.map(({ line }) => line)).toEqual([7]);
  });

  it('has the line of the mapping it is missing from', () => {
    const result = readConfig('service: a\n\nstable:\n  version: v1\n', 'weir.yaml');
    expect('mistakes' in result && result.mistakes.map(formatMistake)).toEqual([
      'weir.yaml:3: stable.url: expected a URL like http://127.0.0.1:3000, of at most 512 characters, got nothing',
    ]);
  });

  it('shows a long value cut short', () => {
    expect(mistakesWith({ weight: 'x'.repeat(10_000) })[0]!.length).toBeLessThan(200);
  });

  it('never shows a password', () => {
    const url = 'https://weir:hunter2@127.0.0.1:3000';
    const far = `redis+x://${'a'.repeat(100)}:hunter2@h`;
    const told = mistakesWith({ stable: `{ version: v1, url: "${url}" }`, fleet: `{ url: "${far}" }` }).join('\n');
    expect(told).toMatch(/stable\.url/);
    expect(told).toMatch(/fleet\.url/);
    expect(told).not.toMatch(/hunter2|aaa/);
  });

  it('hides no other: all are told at once, in the order of the file', () => {
    const mistakes = mistakesWith({
      stable: '{ version: v2, url: ftp://a }',
      weight: '200%',
      listen: '{ traffic: 127.0.0.1:1, admin: 127.0.0.1:1, telemetry: x }',
      gards: '{}',
    });
    expect(mistakes.map((text) => /^\S+ \S+:/.exec(text)![0])).toEqual([
      'weir.yaml:2: stable.url:',
      'weir.yaml:3: candidate.version:',
      'weir.yaml:4: weight:',
      'weir.yaml:5: listen.telemetry:',
      'weir.yaml:5: listen.admin:',
      'weir.yaml:6: gards:',
    ]);
  });
});

describe('what a terminal would obey', () => {
  it.each([
    ['service', String.raw`"a\e[31m"`],
    ['stable', String.raw`{ version: v1, url: "http://a\e[31mb" }`],
    ['candidate', String.raw`{ version: v2, url: "unix:x\e[31m\u061c" }`],
    ['fleet', String.raw`{ url: "redis://\e[31m\x9b:1" }`],
    ['guards', String.raw`{ "er\e[31m": 1 }`],
  ])('stands in no mistake: %s', (key, value) => {
    const mistakes = mistakesWith({ [key]: value });
    expect(mistakes.length).toBeGreaterThan(0);
    expect(mistakes.join('')).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
  });
});

describe('an unknown key', () => {
  it.each([
    ['gards', '{}', 'gards: unknown key, did you mean "guards"?'],
    ['Weight', '5%', 'Weight: unknown key, did you mean "weight"?'],
    ['log', '{ levle: info }', 'log.levle: unknown key, did you mean "level"?'],
    ['journal', '{ zzzzzz: 1 }', 'journal.zzzzzz: unknown key, expected one of dir, keepReleases, resumeWithin'],
    ['__proto__', '{ a: 1 }', '__proto__: unknown key'],
    ['"a b"', '1', '"a b": unknown key'],
  ])('%s is told with what was meant', (key, value, message) => {
    const mistakes = mistakesWith(Object.fromEntries([[key, value]]));
    expect(mistakes).toHaveLength(1);
    expect(mistakes[0]).toContain(`weir.yaml:4: ${message}`);
  });

  it('among very many is told without what was meant, because to look for that takes time', () => {
    const keys = Array.from('abcdefghijklmnopqrstuvwxy', (letter) => `eror${letter}: 1`);
    const told = mistakesWith({ guards: `{ ${keys.join(', ')} }` });
    expect(told).toHaveLength(25);
    expect(told.filter((text) => text.endsWith('did you mean "errors"?'))).toHaveLength(20);
    expect(told[24]).toContain('guards.erory: unknown key, expected one of window, errors,');
  });
});

describe('a version', () => {
  it.each([
    ['""', `expected ${VERSION}, got ""`],
    ['latest', 'expected a version that always means the same release, got "latest"'],
    ['Latest', 'expected a version that always means the same release, got "Latest"'],
    ['candidate', 'expected a version that no command uses as another word, got "candidate"'],
    ['1.10', `expected ${VERSION}, in quotes so that YAML does not read it as a number, got 1.10`],
    ['"v1=2"', `expected ${VERSION}, got "v1=2"`],
    ['"v 1"', `expected ${VERSION}, got "v 1"`],
  ])('cannot be %s', (version, message) => {
    const stable = `{ version: ${version}, url: "http://127.0.0.1:3000" }`;
    expect(mistakesWith({ stable })).toEqual([`weir.yaml:2: stable.version: ${message}`]);
  });

  it('cannot be the same on both sides', () => {
    expect(mistakesWith({ candidate: '{ version: v1, url: "http://127.0.0.1:3001" }' })).toEqual([
      `weir.yaml:3: candidate.version: expected another version than stable's, got "v1"`,
    ]);
  });
});

describe('a weight', () => {
  it('may stay when the candidate is taken out: the next one begins with it', () => {
    expect(mistakesWith({ candidate: 'null', weight: '5%' })).toEqual([]);
  });
});

describe('a plan', () => {
  it('must rise from step to step, from above 0 %', () => {
    expect(mistakesWith({ plan: '[{ weight: 0%, hold: 1s }]' })[0]).toContain(
      'plan[0].weight: expected a weight above 0%',
    );
    const falling = '[{ weight: 25%, hold: 1s }, { weight: 5%, hold: 1s }]';
    expect(mistakesWith({ plan: falling })[0]).toContain('plan[1].weight: expected a weight above 25%');
  });
});
