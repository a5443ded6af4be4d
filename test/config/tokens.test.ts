import { describe, expect, it } from 'vitest';
import { lineOfRevocation, lineOfToken, readTokens } from '../../src/config/tokens.ts';
import type { NewToken } from '../../src/config/tokens.ts';

const AT_MS = Date.UTC(2026, 10, 20, 12);
const token = (changes: Partial<NewToken> = {}): NewToken => ({
  id: '0123456789ab',
  name: 'ci',
  role: 'operator',
  sha256: 'a'.repeat(64),
  createdAtMs: AT_MS,
  expiresAtMs: null,
  once: false,
  ...changes,
});
const messagesOf = (text: string) => {
  const result = readTokens(text, 'tokens');
  return 'mistakes' in result ? result.mistakes.map(({ line, message }) => `${line}: ${message}`) : [];
};

describe('a tokens file', () => {
  it('is read as it was written', () => {
    const once = token({ id: 'ba9876543210', once: true, expiresAtMs: AT_MS + 1000 });
    const { createdAtMs: _1, ...first } = token();
    const { createdAtMs: _2, ...second } = once;
    expect(readTokens(lineOfToken(token()) + lineOfToken(once), '')).toEqual({ tokens: [first, second] });
  });

  it('may be empty, have blank lines and lack its last line feed', () => {
    expect(readTokens('', '')).toEqual({ tokens: [] });
    expect(readTokens(`\n\n${lineOfToken(token()).trimEnd()}`, '')).toHaveProperty('tokens.length', 1);
  });

  it('knows no token that is revoked, wherever the line stands', () => {
    const line = lineOfToken(token());
    const revoked = lineOfRevocation(token().id, AT_MS);
    for (const text of [line + revoked, revoked + line, line + revoked + revoked]) {
      expect(readTokens(text, '')).toEqual({ tokens: [] });
    }
  });

  it.each([
    ['not JSON', '{', '1: expected a JSON object on one line'],
    ['a list', '[]', '1: expected a JSON object on one line'],
    ['a cut line', lineOfToken(token()).slice(0, 40), '1: expected a JSON object on one line'],
    [
      'another role',
      JSON.stringify({ id: token().id, name: 'ci', role: 'admin' }),
      'role: expected one of viewer, operator',
    ],
    ['a name of Weir itself', lineOfToken(token({ name: 'weir' })), "name: expected a name that is not Weir's own"],
    ['a token for its hash', lineOfToken(token({ sha256: 'weir_x' })), 'sha256: expected 64 hexadecimal digits'],
    ['a one-time token for ever', lineOfToken(token({ once: true })), 'expires: expected a time'],
    ['an unknown key', lineOfToken(token()).replace('{', '{"roles": 1, '), 'expected only the keys of a token'],
    ['an id twice', lineOfToken(token()).repeat(2), '2: expected an id that no line before it has'],
  ])('with %s is refused', (_name, text, message) => {
    expect(messagesOf(text)).toEqual([expect.stringContaining(message)]);
  });

  it('has its mistakes told without what stands there', () => {
    const pasted = `weir_0123456789ab_${'c'.repeat(64)}`;
    for (const text of [
      pasted,
      `{"id": "${pasted}"}`,
      `{"${pasted}": 1}`,
      JSON.stringify({ ...token(), name: `\n${pasted}` }),
    ]) {
      expect(messagesOf(text)).toHaveLength(1);
      expect(messagesOf(text).join('')).not.toContain('ccc');
    }
  });
});
