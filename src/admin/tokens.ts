import { timingSafeEqual } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Identity, TokenRecord } from '../model/identity.ts';
import { sha256Of, tokenIdOf } from '../support/token.ts';
import type { Denial } from './identify.ts';

/** Whose token this is, from the records of the tokens file. */
export interface TokenParts {
  /** As the file has them now. */
  records(): readonly TokenRecord[];
  /** Whether a one-time token has been used, or may have been before a journal was lost. */
  isSpent(id: string): boolean;
  /** Wall clock. */
  nowMs(): number;
}

/** Compared with where no record has the id, so that this takes as long. */
const NOBODYS = '0'.repeat(64);
const WRONG: Denial = { code: 'invalid-token', detail: 'this token is not known here' };

export function createTokenCheck({ records, isSpent, nowMs }: TokenParts): (token: string) => Identity | Denial {
  return (token) => {
    const id = tokenIdOf(token);
    const record = records().find((known) => known.id === id);
    const isRight = timingSafeEqual(sha256Of(token), Buffer.from(record?.sha256 ?? NOBODYS, 'hex'));
    if (record === undefined || !isRight) return WRONG;
    const { name, role, once, expiresAtMs } = record;
    if (expiresAtMs !== null && expiresAtMs <= nowMs()) {
      return { code: 'token-expired', detail: `the token ${record.id} expired at ${isoOf(expiresAtMs)}` };
    }
    const lasting: Identity = { name, role, authentication: 'token', token: record };
    const identity = expiresAtMs === null ? lasting : { ...lasting, expiresAtMs };
    if (!once || expiresAtMs === null) return identity;
    if (isSpent(record.id)) {
      return {
        code: 'token-spent',
        detail: `the one-time token ${record.id} has been used, or is older than a journal that was lost`,
      };
    }
    return { ...identity, spends: { id: record.id, expiresAtMs } };
  };
}

/**
 * Whether somebody who was let in would be let in as the same again: the tokens file has the token still, and says
 * nothing else of it. Who has come another way than by a token was not let in by the file.
 */
export function isStillKnown({ token }: Pick<Identity, 'token'>, records: readonly TokenRecord[]): boolean {
  return token === undefined || records.some((known) => isDeepStrictEqual(known, token));
}

const isoOf = (wallMs: number): string => new Date(wallMs).toISOString();
