import type { CryptoKey, JWTPayload } from 'jose';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { systemClock } from '../../src/support/clock.ts';
import type { Upstream } from './upstream.ts';
import { startUpstream } from './upstream.ts';

export const AUDIENCE = 'weir';
export const nowS = () => Math.floor(systemClock.wallMs() / 1000);

export interface Key {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
}

export async function keyOf(kid: string, algorithm = 'ES256'): Promise<Key> {
  return { kid, ...(await generateKeyPair(algorithm, { extractable: true })) };
}

function publicKeysOf(keys: readonly Key[]) {
  return Promise.all(keys.map(async ({ kid, publicKey }) => ({ ...(await exportJWK(publicKey)), kid, use: 'sig' })));
}

/** A real issuer on this machine, whose published keys a test may change. */
export async function startIssuer(first: Key) {
  let published: readonly Key[] = [first];
  const asked: string[] = [];
  const server: Upstream = await startUpstream('issuer', (request, response) => {
    asked.push(request.url ?? '');
    response.setHeader('content-type', 'application/json');
    if (request.url === '/.well-known/openid-configuration') {
      response.end(JSON.stringify({ issuer: server.url, jwks_uri: `${server.url}/keys` }));
    } else {
      void publicKeysOf(published).then((keys) => response.end(JSON.stringify({ keys })));
    }
  });
  return { url: server.url, asked, server, publish: (...keys: readonly Key[]) => (published = keys) };
}

export type Issuer = Awaited<ReturnType<typeof startIssuer>>;
/** A claim may be left out. */
export type Claims = { readonly [Name in keyof JWTPayload]?: JWTPayload[Name] | undefined };

export const claimsOf = (issuer: string, more: Claims = {}): JWTPayload => {
  const claims = {
    iss: issuer,
    aud: AUDIENCE,
    sub: 'u-1',
    preferred_username: 'grace',
    realm_access: { roles: ['sre'] },
    iat: nowS(),
    exp: nowS() + 600,
    ...more,
  };
  // As JSON has it: what is undefined is not there.
  return JSON.parse(JSON.stringify(claims)) as JWTPayload;
};

export const sign = ({ privateKey, kid }: Key, claims: JWTPayload, header: object = {}) =>
  new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid, ...header }).sign(privateKey);
