/** `viewer` reads, `operator` changes too. */
export const ROLES = ['viewer', 'operator'] as const;

export type Role = (typeof ROLES)[number];

/** Who asks: by being on this machine, by a token of the tokens file, or by a JWT of the identity provider. */
export interface Identity {
  /** The actor of every event that it causes. */
  readonly name: string;
  readonly role: Role;
  readonly authentication: 'loopback' | 'token' | 'oidc';
  /** Wall clock at which what was shown is no longer good: a stream opened with it ends then. Absent for never. */
  readonly expiresAtMs?: number;
  /** What the tokens file said of the token that was shown; absent for every other way. For nobody else's eyes. */
  readonly token?: TokenRecord;
  /** The one-time token that its next change uses up; absent for every other identity. */
  readonly spends?: OneTimeToken;
}

/** A token that is good for one change. */
export interface OneTimeToken {
  /** The public part of the token. */
  readonly id: string;
  /** Wall clock; it needs no longer be remembered as spent some time after this. */
  readonly expiresAtMs: number;
}

/** A token as the tokens file knows it: everything but the token. */
export interface TokenRecord {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  /** SHA-256 of the whole token, in hexadecimal. */
  readonly sha256: string;
  /** Wall clock; null for never. */
  readonly expiresAtMs: number | null;
  /** Good for one change. */
  readonly once: boolean;
}

/** Actors of Weir's own: no person may look like one in the journal. */
const RESERVED = new Set(['file', 'guard', 'plan', 'weir']);
const NAME = /^[\p{L}\p{N}_](?:[\p{L}\p{N} ._@+:/|-]{0,126}[\p{L}\p{N}_@+])?$/u;

export const isReservedName = (name: string): boolean => RESERVED.has(name.toLowerCase());

/** What is wrong with the name of a person or a machine, or null. */
export function nameMistakeOf(name: string): string | null {
  if (!NAME.test(name))
    return 'expected a name like ci or ada@example.com (up to 128 letters, digits and . _ @ + : / | -)';
  return isReservedName(name) ? `expected a name that is not Weir's own (${[...RESERVED].join(', ')})` : null;
}
