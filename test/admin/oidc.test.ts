import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { OidcParts } from '../../src/admin/oidc.ts';
import { createJwtCheck } from '../../src/admin/oidc.ts';
import { systemClock } from '../../src/support/clock.ts';
import { stillClock } from '../release/fixtures.ts';
import { eventually } from '../sidecar/eventually.ts';
import { AUDIENCE, claimsOf, keyOf, sign, startIssuer } from '../sidecar/issuer.ts';

const FETCH_WITHIN_MS = 60_000;

async function startCheck(patience: OidcParts['patience'] = {}) {
  const clock = stillClock(systemClock.wallMs());
  const key = await keyOf('k1');
  const issuer = await startIssuer(key);
  const reported: unknown[] = [];
  const check = await createJwtCheck({
    issuer: issuer.url,
    audience: AUDIENCE,
    roleClaim: 'realm_access.roles',
    values: { operator: ['sre'], viewer: [] },
    clock,
    report: (error) => reported.push(error),
    patience: { fetchWithinMs: FETCH_WITHIN_MS, ...patience },
  });
  return { key, issuer, check, reported, clock };
}

/** The time that a fetch may take is over when the test says so, and never before: who is faster is no matter of the machine. */
function fetchTimes() {
  const running: AbortController[] = [];
  const timeout = vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
    const over = new AbortController();
    if (ms === FETCH_WITHIN_MS) running.push(over);
    return over.signal;
  });
  onTestFinished(() => timeout.mockRestore());
  return { end: () => running.forEach((over) => over.abort()) };
}

const BELIEVED = { name: 'grace', role: 'operator', authentication: 'oidc' };

describe('keys that rotate', () => {
  it('are fetched again for a token by a new one, and the old one is believed no more', async () => {
    const { key, issuer, check } = await startCheck({ cooldownMs: 0 });
    const old = await sign(key, claimsOf(issuer.url));
    expect(await check(old)).toMatchObject(BELIEVED);
    const next = await keyOf('k2');
    issuer.publish(next);
    expect(await check(await sign(next, claimsOf(issuer.url)))).toMatchObject(BELIEVED);
    expect(await check(old)).toMatchObject({ code: 'invalid-token' });
  });

  it('are found once what was fetched has grown old', async () => {
    const { key, issuer, check } = await startCheck({ keepKeysMs: 0 });
    const jwt = await sign(key, claimsOf(issuer.url));
    expect(await check(jwt)).toMatchObject(BELIEVED);
    issuer.publish();
    expect(await check(jwt)).toMatchObject({ code: 'invalid-token' });
  });
});

describe('an identity provider that hangs', () => {
  it('is asked once however many wait, and not again for a while', async () => {
    const times = fetchTimes();
    const { key, issuer, check, reported, clock } = await startCheck({ retryAfterMs: 1000 });
    const jwt = await sign(key, claimsOf(issuer.url));
    const { answer } = issuer.server;
    issuer.server.answer = () => undefined;
    const asked = Promise.all(Array.from({ length: 5 }, () => check(jwt)));
    await eventually(() => expect(issuer.server.requests).toHaveLength(1));
    times.end();
    expect(new Set((await asked).map((denial) => 'code' in denial && denial.code))).toEqual(
      new Set(['identity-provider-away']),
    );
    issuer.server.answer = answer;
    expect(await check(jwt)).toMatchObject({ code: 'identity-provider-away' });
    expect(issuer.server.requests).toHaveLength(1);
    clock.advance(1000);
    expect(await check(jwt)).toMatchObject(BELIEVED);
    expect(reported.length).toBeGreaterThan(0);
  });

  it('in the middle of its keys is given up too', async () => {
    const times = fetchTimes();
    const { key, issuer, check } = await startCheck();
    const { answer } = issuer.server;
    let isBegun = false;
    issuer.server.answer = (request, response) => {
      if (request.url === '/keys') response.write('{"keys": [', () => (isBegun = true));
      else answer(request, response);
    };
    const asked = check(await sign(key, claimsOf(issuer.url)));
    await eventually(() => expect(isBegun).toBe(true));
    times.end();
    expect(await asked).toMatchObject({ code: 'identity-provider-away' });
  });

  it('after its keys were known holds up nobody whose key is among them', async () => {
    const times = fetchTimes();
    const { key, issuer, check } = await startCheck({ cooldownMs: 0 });
    const jwt = await sign(key, claimsOf(issuer.url));
    expect(await check(jwt)).toMatchObject(BELIEVED);
    issuer.server.answer = () => undefined;
    const unknown = await sign(await keyOf('k2'), claimsOf(issuer.url));
    const asked = check(unknown);
    await eventually(() => expect(issuer.server.requests).toHaveLength(3));
    times.end();
    expect(await asked).toMatchObject({ code: 'identity-provider-away' });
    expect(await check(unknown)).toMatchObject({ code: 'identity-provider-away' });
    expect(await check(jwt)).toMatchObject(BELIEVED);
  });
});

describe('clocks that differ by a little', () => {
  it('are borne, by a lot not', async () => {
    const { key, issuer, check, clock } = await startCheck();
    const nowS = Math.floor(clock.wallMs() / 1000);
    const late = { ...BELIEVED, expiresAtMs: (nowS + 7) * 1000 };
    expect(await check(await sign(key, claimsOf(issuer.url, { exp: nowS - 3 })))).toMatchObject(late);
    expect(await check(await sign(key, claimsOf(issuer.url, { nbf: nowS + 5 })))).toMatchObject(BELIEVED);
    expect(await check(await sign(key, claimsOf(issuer.url, { exp: nowS - 30 })))).toMatchObject({
      code: 'token-expired',
    });
  });
});

describe('a role claim', () => {
  it('of exactly that name comes before a way through nested ones', async () => {
    const { key, issuer, check } = await startCheck();
    const claims = { ...claimsOf(issuer.url), 'realm_access.roles': ['other'] };
    expect(await check(await sign(key, claims))).toMatchObject({ code: 'not-permitted' });
  });
});
