import type { Identity } from '../model/identity.ts';
import { isTokenLike } from '../support/token.ts';
import type { ProblemCode } from './problems.ts';

/** Why somebody is not let in; the detail is for the client, and never repeats what it sent. */
export interface Denial {
  readonly code: Extract<
    ProblemCode,
    'unauthenticated' | 'invalid-token' | 'token-expired' | 'token-spent' | 'not-permitted' | 'identity-provider-away'
  >;
  readonly detail: string;
}

/** The ways to say who one is; null where the configuration gives none. */
export interface Ways {
  readonly token: ((token: string) => Identity | Denial) | null;
  readonly jwt: ((token: string) => Promise<Identity | Denial>) | null;
}

/** Where nothing is configured the listener is on loopback, and whoever is on this machine may do everything. */
export const LOCAL_OPERATOR: Identity = { name: 'operator', role: 'operator', authentication: 'loopback' };

/** @param authorization each value of that header. */
export type Identify = (authorization: readonly string[]) => Promise<Identity | Denial>;

export function createIdentify({ token, jwt }: Ways): Identify {
  const takesNobody: Denial = { code: 'invalid-token', detail: 'this token is not known here' };
  return async (authorization) => {
    const [value] = authorization;
    if (token === null && jwt === null) return LOCAL_OPERATOR;
    if (value === undefined) {
      return { code: 'unauthenticated', detail: 'expected an Authorization header with a bearer token, got none' };
    }
    const presented = /^Bearer +([\w.~+/=-]+)$/i.exec(value)?.[1];
    if (authorization.length > 1 || presented === undefined) {
      return { code: 'invalid-token', detail: 'expected one Authorization header of the form Bearer TOKEN' };
    }
    if (isTokenLike(presented)) return token === null ? takesNobody : token(presented);
    return jwt === null ? takesNobody : jwt(presented);
  };
}
