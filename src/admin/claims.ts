import type { Identity, Role } from '../model/identity.ts';
import { isReservedName, nameMistakeOf } from '../model/identity.ts';
import type { Denial } from './identify.ts';

/** What the claims of a JWT, once it is believed, say of who asks. */
export interface ClaimNames {
  /** A claim, or the way to one inside others: `roles`, `realm_access.roles`. */
  readonly roleClaim: string;
  /** Values of that claim, for each role. */
  readonly values: Readonly<Record<Role, readonly string[]>>;
}

export type Claims = Readonly<Record<string, unknown>>;

/** Clocks of two machines. */
export const CLOCK_TOLERANCE_S = 10;

export function identityOfClaims(claims: Claims, { roleClaim, values }: ClaimNames): Identity | Denial {
  const name = nameOf(claims);
  if (name === null) {
    return { code: 'invalid-token', detail: 'expected a usable name in preferred_username, email or sub' };
  }
  const roles = rolesIn(claims, roleClaim);
  const role = (['operator', 'viewer'] as const).find((wanted) =>
    values[wanted].some((value) => roles.includes(value)),
  );
  // `exp` is in seconds (RFC 7519, section 4.1.4). As long as somebody is let in, what he opens and asks for is good.
  const { exp } = claims;
  const expiry = typeof exp === 'number' ? { expiresAtMs: (exp + CLOCK_TOLERANCE_S) * 1000 } : {};
  if (role !== undefined) return { name, role, authentication: 'oidc', ...expiry };
  const expected = [...values.operator, ...values.viewer].join(', ');
  return { code: 'not-permitted', detail: `expected one of ${expected} in the claim ${roleClaim} of ${name}` };
}

/** The first that can stand in the journal; one of Weir's own actors is told from them by a prefix. */
function nameOf(claims: Claims): string | null {
  for (const claim of ['preferred_username', 'email', 'sub']) {
    const name = claims[claim];
    if (typeof name !== 'string') continue;
    const told = isReservedName(name) ? `oidc:${name}` : name;
    if (nameMistakeOf(told) === null) return told;
  }
  return null;
}

/** The claim of exactly that name, else the way through nested ones; a text or a list of texts. */
function rolesIn(claims: Claims, roleClaim: string): readonly string[] {
  const value = Object.hasOwn(claims, roleClaim) ? claims[roleClaim] : valueAt(claims, roleClaim.split('.'));
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.filter((role) => typeof role === 'string');
}

function valueAt(claims: Claims, path: readonly string[]): unknown {
  let value: unknown = claims;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Claims)[part];
  }
  return value;
}
