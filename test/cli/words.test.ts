import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { statusOf } from '../../src/admin/views.ts';
import { fit, visibleLength, wrap } from '../../src/cli/fit.ts';
import { fingerprintOf } from '../../src/cli/difference.ts';
import { isColourful } from '../../src/cli/output.ts';
import { plainAnswer, plainText } from '../../src/cli/plain-text.ts';
import { plainJson } from '../../src/support/quote.ts';
import { createScreen } from '../../src/cli/screen.ts';
import { parsePlan } from '../../src/cli/start.ts';
import { parseWeights } from '../../src/cli/weights.ts';
import { nearestOf } from '../../src/support/nearest.ts';
import { shifting, snapshotOf } from '../admin/fixtures.ts';

describe('weights', () => {
  it('are read for the candidate, or by version', () => {
    expect(parseWeights(['10'])).toEqual({ weights: { candidate: 10 } });
    expect(parseWeights(['0.5%'])).toEqual({ weights: { candidate: 0.5 } });
    expect(parseWeights(['v1.3.0=10', 'v1.2.3=90'])).toEqual({ weights: { 'v1.3.0': 10, 'v1.2.3': 90 } });
  });

  it.each([['ten'], ['-5'], ['1e2'], ['v1='], ['=5'], ['v1=5=6'], ['force=1'], ['__proto__=1'], ['']])(
    'are not "%s"',
    (word) => expect(parseWeights([word])).toEqual({ mistake: expect.stringContaining(`got "${word}"`) as string }),
  );
});

it('says what is wrong with two percentages: either needs the name of its version', () => {
  expect(parseWeights(['10', '90%'])).toEqual({
    mistake: 'expected one percentage, or versions with theirs like v1.3.0=10 v1.2.3=90, got 10 90%',
  });
});

describe('a plan', () => {
  it('is read as weights and holds, with gates', () => {
    expect(parsePlan('5%:2m,25:5m:https://gates.example/a?b=c, 100%:10m')).toEqual([
      { weight: 5, hold: '2m' },
      { weight: 25, hold: '5m', gate: { url: 'https://gates.example/a?b=c' } },
      { weight: 100, hold: '10m' },
    ]);
  });

  it.each([
    ['', 0, ''],
    ['5%', 0, '5%'],
    ['5%:', 0, '5%:'],
    ['x:2m', 0, 'x:2m'],
    ['5%:2m,25%:5m:gate', 1, '25%:5m:gate'],
    ['5%:2m,', 1, ''],
    ['5%:2m,,10%:2m', 1, ''],
  ])('is not "%s", and the mistake says which step is none', (text, step, came) => {
    const mistake = `plan[${step}]: expected a step like 5%:2m or 5%:2m:GATE_URL, got "${came}"`;
    expect(parsePlan(text)).toEqual({ mistake });
  });
});

describe('text from elsewhere', () => {
  const anyText = fc.string({ unit: 'binary' });

  it('keeps no character that a terminal obeys, whatever it holds', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(plainText(text)).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
      }),
    );
    expect(plainText('a\u001b[31mb\nc\u009bd')).toBe('a[31mb cd');
    expect(plainAnswer({ 'k\u0007': ['\u001bx', 1, null, true] })).toEqual({ k: ['x', 1, null, true] });
  });

  it('as JSON still says the same', () => {
    fc.assert(
      fc.property(fc.dictionary(anyText, anyText), (value) => {
        const json = plainJson(JSON.stringify(value));
        expect(JSON.parse(json)).toEqual(value);
        expect(json).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
      }),
    );
  });
});

describe('paint', () => {
  it('is for terminals, unless somebody says otherwise', () => {
    expect(isColourful({}, true)).toBe(true);
    expect(isColourful({}, false)).toBe(false);
    expect(isColourful({ TERM: 'dumb' }, true)).toBe(false);
    expect(isColourful({ NO_COLOR: '1' }, true)).toBe(false);
    expect(isColourful({ NO_COLOR: '' }, true)).toBe(true);
    expect(isColourful({ FORCE_COLOR: '1' }, false)).toBe(true);
    expect(isColourful({ FORCE_COLOR: '0' }, true)).toBe(false);
    expect(isColourful({ FORCE_COLOR: '1', NO_COLOR: '1' }, true)).toBe(false);
  });

  it('takes no column, and is ended where a line is cut', () => {
    const line = '\u001b[31mred and long\u001b[39m';
    expect(visibleLength(line)).toBe(12);
    expect(fit(line, 12)).toBe(line);
    expect(fit(line, 5)).toBe('\u001b[31mred …\u001b[0m');
    expect(visibleLength(fit('x'.repeat(100), 80))).toBe(80);
  });
});

describe('a screen that is watched', () => {
  it('writes each frame at once, over the former, and never clears it first', () => {
    const writes: string[] = [];
    const screen = createScreen({ out: (text) => void writes.push(text), columns: () => 10, rows: () => 4 });
    screen.show(['one', 'a line too long', 'three', 'four']);
    screen.show(['one']);
    screen.close();
    screen.close();
    expect(writes).toHaveLength(3);
    expect(writes[0]).toContain('\u001b[Hone\u001b[K\na line to…\u001b[K\n… 2 more …\u001b[K\n\u001b[J');
    expect(writes.join('')).not.toContain('\u001b[2J');
    expect(writes[2]).toBe('\u001b[?25h\u001b[?1049lone\n');
  });
});

describe('what is news to somebody who watches', () => {
  const at = (changes: object) => fingerprintOf({ ...statusOf(snapshotOf(shifting)), ...changes });

  it('is a revision, a weight, a verdict or trouble, and never a count', () => {
    const now = at({});
    const window = { stable: { requests: 7, errors: 7, errorRatio: 1, p95Ms: 7 } };
    expect(at({ window })).toBe(now);
    expect(at({ revision: 9 })).not.toBe(now);
    expect(at({ weights: { stable: 1, candidate: 99 } })).not.toBe(now);
    expect(at({ verdict: { kind: 'healthy', reasons: [] } })).not.toBe(now);
    expect(at({ recording: { writable: false } })).not.toBe(now);
    expect(at({ splitSuspicion: 'odd' })).not.toBe(now);
  });
});

describe('the nearest name', () => {
  it('is the one that differs least, or none', () => {
    expect(nearestOf('v1.3.O', ['v1.2.3', 'v1.3.0'])).toBe('v1.3.0');
    expect(nearestOf('banana', ['v1.2.3', 'v1.3.0'])).toBeNull();
    expect(nearestOf('v1', [])).toBeNull();
  });

  it('is the one that goes on where a name was only begun', () => {
    expect(nearestOf('v1.3', ['v1.2.3', 'v1.3.0-rc.1'])).toBe('v1.3.0-rc.1');
    expect(nearestOf('v1.3', ['v1.2.3', 'v1.3.0', 'v1.3.1'])).toBe('v1.3.0');
    expect(nearestOf('v', ['v1.2.3'])).toBeNull();
  });
});

describe('the width of a text', () => {
  it.each([
    ['abc', 3],
    ['日本', 4],
    ['été', 3],
    ['e\u0301', 1],
    ['🔥', 2],
    ['\u001b[1mab\u001b[22m', 2],
    ['▶ ✓ · █░', 8],
  ])('of %s is %d', (text, columns) => expect(visibleLength(text)).toBe(columns));

  it('breaks nothing where there is room, and does not measure each word with all before it', () => {
    // What does so would need minutes for this.
    const line = `  ${'word '.repeat(300_000)}end`;
    expect(wrap(line, Infinity, '  ')).toEqual([line]);
    expect(wrap('  all of it  ', 13, '')).toEqual(['  all of it']);
  });

  it('is never exceeded by what is cut or wrapped to fit', () => {
    expect(fit('日本語のテキスト', 7)).toBe('日本語…');
    expect(wrap('  why: one two three', 14, '       ')).toEqual(['  why: one two', '       three']);
    const words = fc.array(fc.stringMatching(/^[a-z日]{1,4}$/), { minLength: 1 });
    fc.assert(
      fc.property(words, fc.integer({ min: 12, max: 40 }), (all, columns) => {
        const lines = wrap(all.join(' '), columns, '  ');
        for (const line of lines) expect(visibleLength(line)).toBeLessThanOrEqual(columns);
        expect(lines.map((line) => line.trim()).join(' ')).toBe(all.join(' '));
      }),
    );
  });
});
