import type { JWTPayload } from 'jose';
import { CompactSign, exportJWK, exportSPKI, UnsecuredJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { eventually } from './eventually.ts';
import type { Guarded } from './guarded.ts';
import { bearer, refusalOf, startGuarded } from './guarded.ts';
import type { Claims, Issuer, Key } from './issuer.ts';
import { AUDIENCE, claimsOf, keyOf, nowS, sign, startIssuer } from './issuer.ts';
import { freePort } from '../ports.ts';

async function startWithIssuer(more: object = {}) {
  const key = await keyOf('k1');
  const issuer = await startIssuer(key);
  const oidc = {
    issuer: issuer.url,
    audience: AUDIENCE,
    roleClaim: 'realm_access.roles',
    operator: ['sre'],
    viewer: ['developer', 'guest'],
    ...more,
  };
  return { ...(await startGuarded({ admin: { oidc } })), issuer, key };
}

const rollback = ({ send }: Pick<Guarded, 'send'>, token: string) =>
  send('POST', '/v1/rollback', { headers: bearer(token), body: '{}' });
const whoami = async ({ send }: Pick<Guarded, 'send'>, token: string) => {
  const { status, text } = await send('GET', '/v1/whoami', { headers: bearer(token) });
  return { status, ...(JSON.parse(text) as object) };
};

describe('a JWT of the identity provider', () => {
  it('opens with the role in its nested claim, and its name is the actor', async () => {
    const guarded = await startWithIssuer();
    const { key, issuer } = guarded;
    expect(await whoami(guarded, await sign(key, claimsOf(issuer.url)))).toEqual({
      status: 200,
      name: 'grace',
      role: 'operator',
      authentication: 'oidc',
    });
    expect((await rollback(guarded, await sign(key, claimsOf(issuer.url)))).status).toBe(200);
    const events = (await guarded.standing()).journal;
    expect(events).toContain('"type":"rolled-back","actor":"grace"');
  });

  it('beside which tokens of the file go on working', async () => {
    const guarded = await startWithIssuer();
    expect(await whoami(guarded, guarded.operator)).toMatchObject({ status: 200, name: 'ada' });
  });

  it.each<[string, Claims, object]>([
    ['a viewer by one of several', { realm_access: { roles: ['x', 'guest'] } }, { role: 'viewer' }],
    ['the stronger of two roles', { realm_access: { roles: ['guest', 'sre'] } }, { role: 'operator' }],
    ['a role that is a text', { realm_access: { roles: 'developer' } }, { role: 'viewer' }],
    ['a name by email', { preferred_username: undefined, email: 'g@example.com' }, { name: 'g@example.com' }],
    ['a name by subject', { preferred_username: undefined }, { name: 'u-1' }],
    ['a name that is none', { preferred_username: 'a\nb' }, { name: 'u-1' }],
    ['a name of Weir itself', { preferred_username: 'Guard' }, { name: 'oidc:Guard' }],
    ['several audiences', { aud: ['other', AUDIENCE] }, { status: 200 }],
  ])('is read with %s', async (_name, claims, expected) => {
    const guarded = await startWithIssuer();
    const jwt = await sign(guarded.key, claimsOf(guarded.issuer.url, claims));
    expect(await whoami(guarded, jwt)).toMatchObject(expected);
  });

  it('that names no key is tried with each while two are published', async () => {
    const guarded = await startWithIssuer();
    const next = await keyOf('k2');
    guarded.issuer.publish(guarded.key, next);
    const jwt = await sign(next, claimsOf(guarded.issuer.url), { kid: undefined });
    expect(await whoami(guarded, jwt)).toMatchObject({ status: 200 });
  });
});

type Forgery = (key: Key, issuer: Issuer) => Promise<string>;

/** HMAC over the public key, as PEM: what a library that lets the token choose would believe. */
async function signedWithPublicKey({ publicKey, kid }: Key, claims: JWTPayload): Promise<string> {
  const secret = new TextEncoder().encode(await exportSPKI(publicKey));
  return new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
    .setProtectedHeader({ alg: 'HS256', kid })
    .sign(secret);
}

const FORGERIES: readonly [string, string, Forgery][] = [
  ['of another signer', '401 invalid-token', async (_key, { url }) => sign(await keyOf('k1'), claimsOf(url))],
  ['with alg: none', '401 invalid-token', async (_key, { url }) => new UnsecuredJWT(claimsOf(url)).encode()],
  [
    'signed with HS256 and the public key',
    '401 invalid-token',
    (key, { url }) => signedWithPublicKey(key, claimsOf(url)),
  ],
  [
    'whose claims were changed',
    '401 invalid-token',
    async (key, { url }) => {
      const [head, , signature] = (await sign(key, claimsOf(url, { realm_access: { roles: ['guest'] } }))).split('.');
      return [head, Buffer.from(JSON.stringify(claimsOf(url))).toString('base64url'), signature].join('.');
    },
  ],
  ['for another audience', '401 invalid-token', (key, { url }) => sign(key, claimsOf(url, { aud: 'other' }))],
  ['for no audience', '401 invalid-token', (key, { url }) => sign(key, claimsOf(url, { aud: undefined }))],
  ['of another issuer', '401 invalid-token', (key) => sign(key, claimsOf('https://evil.example'))],
  ['of an issuer that only begins like ours', '401 invalid-token', (key, { url }) => sign(key, claimsOf(`${url}/`))],
  ['that has expired', '401 token-expired', (key, { url }) => sign(key, claimsOf(url, { exp: nowS() - 60 }))],
  ['that never expires', '401 invalid-token', (key, { url }) => sign(key, claimsOf(url, { exp: undefined }))],
  ['that is not yet valid', '401 invalid-token', (key, { url }) => sign(key, claimsOf(url, { nbf: nowS() + 600 }))],
  [
    'with a key of its own in the header',
    '401 invalid-token',
    async (_key, { url }) => {
      const own = await keyOf('k9');
      return sign(own, claimsOf(url), { jwk: await exportJWK(own.publicKey), kid: 'k9' });
    },
  ],
  [
    'with the place of its own keys in the header',
    '401 invalid-token',
    async (_key, { url }) => sign(await keyOf('k9'), claimsOf(url), { jku: 'https://evil.example/keys' }),
  ],
  [
    'with a critical header that nobody knows',
    '401 invalid-token',
    (key, { url }) => sign(key, claimsOf(url), { crit: ['x'], x: 1 }).catch(() => 'eyJhbGciOiJFUzI1NiJ9.e30.x'),
  ],
  ['without a role', '403 not-permitted', (key, { url }) => sign(key, claimsOf(url, { realm_access: undefined }))],
  [
    'whose role is inherited',
    '403 not-permitted',
    (key, { url }) => sign(key, claimsOf(url, { realm_access: 'roles' })),
  ],
  [
    'of a viewer',
    '403 not-permitted',
    (key, { url }) => sign(key, claimsOf(url, { realm_access: { roles: ['guest'] } })),
  ],
  [
    'without a usable name',
    '401 invalid-token',
    (key, { url }) => sign(key, claimsOf(url, { preferred_username: '\u202e', sub: '' })),
  ],
  ['that is none', '401 invalid-token', async () => 'a.b.c'],
];

describe.each(FORGERIES)('a JWT %s', (_name, refusal, forge) => {
  it(`is refused with ${refusal}, and journal and status stay as they are`, async () => {
    const guarded = await startWithIssuer();
    const before = await guarded.standing();
    expect(refusalOf(await rollback(guarded, await forge(guarded.key, guarded.issuer)))).toBe(refusal);
    expect(await guarded.standing()).toEqual(before);
  });
});

describe('an identity provider', () => {
  it('is not asked anything for tokens that are not of it', async () => {
    const guarded = await startWithIssuer();
    for (const jwt of ['a.b.c', await sign(guarded.key, claimsOf('https://evil.example'))])
      await rollback(guarded, jwt);
    expect(guarded.issuer.asked).toEqual([]);
  });

  it('is asked for its keys once, not for each made-up key', async () => {
    const guarded = await startWithIssuer();
    const { issuer } = guarded;
    const jwts = await Promise.all(
      Array.from({ length: 40 }, (_, index) => sign({ ...guarded.key, kid: `made-up-${index}` }, claimsOf(issuer.url))),
    );
    // All at once, and so within the time in which an unknown key is not asked for again.
    await Promise.all(jwts.map((jwt) => rollback(guarded, jwt)));
    expect(issuer.asked).toEqual(['/.well-known/openid-configuration', '/keys']);
  });

  it('that refuses connections locks out no token of the file; its JWTs get 503, and are not counted as failures', async () => {
    const issuer = `http://127.0.0.1:${await freePort()}`;
    const guarded = await startWithIssuer({ issuer });
    const jwt = await sign(guarded.key, claimsOf(issuer));
    for (let index = 0; index < 40; index += 1) {
      expect(refusalOf(await rollback(guarded, jwt))).toBe('503 identity-provider-away');
    }
    expect(await whoami(guarded, guarded.operator)).toMatchObject({ status: 200 });
  });

  it.each([
    ['another issuer', { issuer: 'https://evil.example', jwks_uri: 'https://evil.example/keys' }],
    ['keys that come in the clear from elsewhere', { jwks_uri: 'http://evil.example/keys' }],
    ['keys in a file', { jwks_uri: 'file:///etc/passwd' }],
    ['no keys', {}],
  ])('that tells of %s is not believed', async (_name, told) => {
    const guarded = await startWithIssuer();
    const { url, server } = guarded.issuer;
    server.answer = (_request, response) => void response.end(JSON.stringify({ issuer: url, ...told }));
    const jwt = await sign(guarded.key, claimsOf(url));
    expect(refusalOf(await rollback(guarded, jwt))).toBe('503 identity-provider-away');
  });

  it.each(['/.well-known/openid-configuration', '/keys'])(
    'that sends without end at %s is not heard to the end, and is away',
    async (endless) => {
      const guarded = await startWithIssuer();
      const { url, server } = guarded.issuer;
      let sentBytes = 0;
      let isCut = false;
      server.answer = (request, response) => {
        response.setHeader('content-type', 'application/json');
        if (request.url !== endless) return void response.end(JSON.stringify({ issuer: url, jwks_uri: `${url}/keys` }));
        const piece = Buffer.alloc(65_536, ' ');
        const pour = (): void => {
          do sentBytes += piece.length;
          while (response.write(piece));
        };
        response.on('drain', pour).on('close', () => (isCut = true));
        pour();
      };
      const jwt = await sign(guarded.key, claimsOf(url));
      expect(refusalOf(await rollback(guarded, jwt))).toBe('503 identity-provider-away');
      await eventually(() => expect(isCut).toBe(true));
      expect(sentBytes).toBeLessThan(64 * 1024 * 1024);
      expect(await whoami(guarded, guarded.operator)).toMatchObject({ status: 200 });
    },
  );

  it('that sends elsewhere for its keys is not followed', async () => {
    const guarded = await startWithIssuer();
    const other = await startIssuer(guarded.key);
    const { url, server } = guarded.issuer;
    server.answer = (request, response) => {
      if (request.url === '/keys') response.writeHead(302, { location: `${other.url}/keys` }).end();
      else response.end(JSON.stringify({ issuer: url, jwks_uri: `${url}/keys` }));
    };
    const jwt = await sign(guarded.key, claimsOf(url));
    expect(refusalOf(await rollback(guarded, jwt))).toBe('503 identity-provider-away');
    expect(other.asked).toEqual([]);
  });

  it('that goes away leaves the keys that are known in force', async () => {
    const guarded = await startWithIssuer();
    const { issuer, key } = guarded;
    expect(await whoami(guarded, await sign(key, claimsOf(issuer.url)))).toMatchObject({ status: 200 });
    await issuer.server.close();
    expect(await whoami(guarded, await sign(key, claimsOf(issuer.url)))).toMatchObject({ status: 200 });
  });
});
