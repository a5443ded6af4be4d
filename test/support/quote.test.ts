import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quoted, shown, withoutCredentials } from '../../src/support/quote.ts';

describe('a text that is told', () => {
  it.each([
    ['http://ada:secret@host/', 'http://…@host/'],
    ['http://ada:se@cr@et@host/x', 'http://…@host/x'],
    ['from http://a:b@host to https://c:d@other', 'from http://…@host to https://…@other'],
    ['"http://a:b@host","ada@example.com"', '"http://…@host","ada@example.com"'],
    ['ada@example.com//path', 'ada@example.com//path'],
    [`weir_0123456789ab_${'f'.repeat(64)}`, 'weir_0123456789ab_…'],
  ])('says no secret: %s', (text, told) => {
    expect(withoutCredentials(text)).toBe(told);
  });

  it('loses all between two slashes and the last at sign of a word, whatever it is', () => {
    const text = fc.string({ unit: fc.constantFrom('/', '@', '"', ' ', '\n', 'a', ':') });
    fc.assert(
      fc.property(text, (any) => {
        expect(withoutCredentials(any)).toBe(any.replaceAll(/\/\/[^\s"]*@/g, '//…@'));
      }),
    );
  });

  it.each(['/', '//a', '@', 'weir_', ' ', '"'])('is read in one go, however often it says %j', (part) => {
    // What looks again from every letter would need minutes for this.
    const text = part.repeat(400_000);
    expect(withoutCredentials(text)).toBe(text);
    expect(quoted(text).length).toBeLessThan(200);
  });

  it('is one line of a bearable length', () => {
    expect(quoted('a\nb\u001b[31m\u202e')).toBe('"a\\nb\\u001b[31m\\u202e"');
    expect(shown('x'.repeat(1000))).toBe(`"${'x'.repeat(60)}…"`);
  });
});
