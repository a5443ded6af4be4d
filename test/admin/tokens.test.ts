import { describe, expect, it } from 'vitest';
import { createTokenCheck, isStillKnown } from '../../src/admin/tokens.ts';
import type { TokenRecord } from '../../src/model/identity.ts';
import { secretBytes } from '../../src/support/random.ts';
import { mintToken } from '../../src/support/token.ts';

const { token, id, sha256 } = mintToken(secretBytes);
const RECORD: TokenRecord = { id, name: 'eve', role: 'viewer', sha256, expiresAtMs: 5000, once: false };

function letIn() {
  const check = createTokenCheck({ records: () => [RECORD], isSpent: () => false, nowMs: () => 1000 });
  const found = check(token);
  if ('code' in found) throw new Error(found.detail);
  return found;
}

describe('who was let in by a token', () => {
  it('is still known while the file says the same of it, among whatever else', () => {
    const other: TokenRecord = { ...RECORD, id: '0'.repeat(12) };
    expect(isStillKnown(letIn(), [other, { ...RECORD }])).toBe(true);
  });

  it.each<[string, readonly TokenRecord[]]>([
    ['has it no more', []],
    ['gives it another role', [{ ...RECORD, role: 'operator' }]],
    ['lets it expire at another time', [{ ...RECORD, expiresAtMs: null }]],
    ['gives it another name', [{ ...RECORD, name: 'mallory' }]],
    ['makes it good for one change', [{ ...RECORD, once: true }]],
    ['has another secret under its id', [{ ...RECORD, sha256: '0'.repeat(64) }]],
  ])('is not any more when the file %s', (_what, records) => {
    expect(isStillKnown(letIn(), records)).toBe(false);
  });
});

describe('who came another way', () => {
  it('was not let in by the file, and is not shut out by it', () => {
    expect(isStillKnown({}, [])).toBe(true);
  });
});
