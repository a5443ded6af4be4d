import { createHash } from 'node:crypto';

/**
 * A bearer token is `weir_<id>_<secret>`: a fixed beginning, so that scanners of repositories and logs can find it,
 * twelve hexadecimal digits that may be shown to anybody, and a secret of 256 random bits. Of such a secret SHA-256 is
 * the right hash: a slow one (scrypt, argon2) makes guessing dear where people choose what is easily guessed, and here
 * nobody can guess; it would only give whoever sends wrong tokens a way to keep Weir busy.
 */
const TOKEN = /^weir_([0-9a-f]{12})_[0-9a-f]{64}$/;
const ID_BYTES = 6;
const SECRET_BYTES = 32;

/** The public part of a token; null for a text that is none. */
export function tokenIdOf(text: string): string | null {
  return TOKEN.exec(text)?.[1] ?? null;
}

export const isTokenLike = (text: string): boolean => text.startsWith('weir_');

/** SHA-256 of the whole token: the secret belongs to its id. */
export function sha256Of(token: string): Buffer {
  return createHash('sha256').update(token, 'utf8').digest();
}

export interface MintedToken {
  readonly id: string;
  readonly token: string;
  /** What may be kept of it. */
  readonly sha256: string;
}

/** @param randomBytes unpredictable ones. */
export function mintToken(randomBytes: (count: number) => Buffer): MintedToken {
  const id = randomBytes(ID_BYTES).toString('hex');
  const token = `weir_${id}_${randomBytes(SECRET_BYTES).toString('hex')}`;
  return { id, token, sha256: sha256Of(token).toString('hex') };
}
