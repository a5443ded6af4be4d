import type { JWTPayload, JWTVerifyGetKey, RemoteJWKSet } from 'jose';
import type { Identity } from '../model/identity.ts';
import { call } from '../support/call.ts';
import type { Clock } from '../support/clock.ts';
import { isLoopback } from '../support/loopback.ts';
import type { ClaimNames } from './claims.ts';
import { CLOCK_TOLERANCE_S, identityOfClaims } from './claims.ts';
import type { Denial } from './identify.ts';

/**
 * Whose JWT this is. Its signature must be by a key that the issuer publishes now (RFC 8414's discovery, then its JWKS),
 * in an asymmetric algorithm: with a symmetric one, whoever knows the public key could sign. Keys are fetched when they
 * are first needed and again when an unknown one is named, so they may rotate; but nothing is fetched for a token that
 * does not even claim to be of this issuer and audience, and after a fetch that failed none is tried for a while, so
 * that whoever sends made-up tokens makes neither Weir nor the issuer work.
 */
export interface OidcSettings extends ClaimNames {
  readonly issuer: string;
  readonly audience: string;
}

export interface OidcParts extends OidcSettings {
  readonly clock: Clock;
  /** Told why the issuer could not be asked. */
  report(error: unknown): void;
  /** Shorter in tests. */
  readonly patience?: Partial<Patience>;
}

interface Patience {
  /** For each of the two documents. */
  readonly fetchWithinMs: number;
  /** Between two fetches of the keys because of one that is unknown. */
  readonly cooldownMs: number;
  /** Keys are fetched again after so long. */
  readonly keepKeysMs: number;
  /** After a failed fetch. */
  readonly retryAfterMs: number;
}

const PATIENCE: Patience = { fetchWithinMs: 3000, cooldownMs: 10_000, keepKeysMs: 600_000, retryAfterMs: 5000 };
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
/** Large providers publish some tens of KiB; to read a hundred MiB as JSON would hold up the traffic for a second. */
const MAX_DOCUMENT_BYTES = 262_144;

/** The issuer could not be asked: nothing is known of the token. */
class IssuerAway extends Error {}

/** Loads the JWT library; nothing is fetched yet. */
export async function createJwtCheck(parts: OidcParts): Promise<(jwt: string) => Promise<Identity | Denial>> {
  const jose = await import('jose');
  const { issuer, audience, clock, report } = parts;
  const patience = { ...PATIENCE, ...parts.patience };
  let keys: RemoteJWKSet | null = null;
  let failedAtMs = Number.NEGATIVE_INFINITY;

  async function discover(): Promise<RemoteJWKSet> {
    const place = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
    const { status, text, body } = await fetchDocument(place, patience.fetchWithinMs);
    if (status !== 200) throw new Error(`expected 200 from ${place}, got ${text}`);
    const document = JSON.parse(body) as { readonly issuer?: unknown; readonly jwks_uri?: unknown };
    if (document.issuer !== issuer) throw new Error(`expected the issuer ${issuer} in ${place}`);
    return jose.createRemoteJWKSet(keyPlaceOf(document.jwks_uri, issuer), {
      timeoutDuration: patience.fetchWithinMs,
      cooldownDuration: patience.cooldownMs,
      cacheMaxAge: patience.keepKeysMs,
      [jose.customFetch]: async (place) => {
        const { status, text, body } = await fetchDocument(place, patience.fetchWithinMs);
        if (status === 0) throw new Error(`expected keys from ${place}, got ${text}`);
        return new Response(body, { status });
      },
    });
  }

  /** One discovery at a time, whoever asks. */
  let discovering: Promise<RemoteJWKSet> | null = null;
  async function discovered(): Promise<RemoteJWKSet> {
    if (keys !== null) return keys;
    discovering ??= discover().finally(() => (discovering = null));
    return (keys = await discovering);
  }

  const keyFor: JWTVerifyGetKey = async (header, token) => {
    if (clock.monotonicMs() - failedAtMs < patience.retryAfterMs) {
      const kept = keys?.fresh === true ? keys.jwks() : undefined;
      const found =
        kept &&
        (await jose
          .createLocalJWKSet(kept)(header, token)
          .catch(() => undefined));
      if (found !== undefined) return found;
      throw new IssuerAway('the keys could not be fetched a moment ago');
    }
    try {
      return await (
        await discovered()
      )(header, token);
    } catch (error) {
      // These say something about the token; everything else says that the keys could not be had.
      if (error instanceof jose.errors.JWKSNoMatchingKey || error instanceof jose.errors.JWKSMultipleMatchingKeys) {
        throw error;
      }
      failedAtMs = clock.monotonicMs();
      report(error);
      throw new IssuerAway('the keys could not be fetched', { cause: error });
    }
  };

  async function claimsOf(jwt: string): Promise<JWTPayload> {
    const options = {
      issuer,
      audience,
      algorithms: ALGORITHMS,
      requiredClaims: ['exp', 'iss', 'aud'],
      clockTolerance: CLOCK_TOLERANCE_S,
      currentDate: new Date(clock.wallMs()),
    };
    try {
      return (await jose.jwtVerify(jwt, keyFor, options)).payload;
    } catch (error) {
      if (!(error instanceof jose.errors.JWKSMultipleMatchingKeys)) throw error;
      // No key is named, and several are published while they rotate: each is tried.
      for await (const key of error) {
        try {
          return (await jose.jwtVerify(jwt, key, options)).payload;
        } catch (inner) {
          if (!(inner instanceof jose.errors.JWSSignatureVerificationFailed)) throw inner;
        }
      }
      throw new jose.errors.JWSSignatureVerificationFailed();
    }
  }

  function claimsToBeOurs(jwt: string): boolean {
    try {
      const { iss, aud } = jose.decodeJwt(jwt);
      return iss === issuer && (Array.isArray(aud) ? aud.includes(audience) : aud === audience);
    } catch {
      return false;
    }
  }

  return async (jwt) => {
    if (!claimsToBeOurs(jwt)) return { code: 'invalid-token', detail: `expected a token of ${issuer} for ${audience}` };
    try {
      return identityOfClaims(await claimsOf(jwt), parts);
    } catch (error) {
      if (error instanceof IssuerAway) {
        return { code: 'identity-provider-away', detail: `${issuer} could not be asked for its keys: try again` };
      }
      if (error instanceof jose.errors.JWTExpired) return { code: 'token-expired', detail: 'the token has expired' };
      if (error instanceof jose.errors.JOSEError) {
        return { code: 'invalid-token', detail: `the token is not believed: ${error.code}` };
      }
      throw error;
    }
  };
}

/** Never rejects. Follows no redirect, and reads no more than a document may have. */
function fetchDocument(url: string, timeoutMs: number) {
  return call({ method: 'GET', url, timeoutMs, maxAnswerBytes: MAX_DOCUMENT_BYTES });
}

/** Keys that come in the clear could be anybody's; within this machine they cannot be changed on the way. */
function keyPlaceOf(place: unknown, issuer: string): URL {
  if (typeof place !== 'string' || !URL.canParse(place)) throw new Error(`expected a jwks_uri from ${issuer}`);
  const url = new URL(place);
  const isLocal = issuer.startsWith('http:') && url.protocol === 'http:' && isLoopback(url.hostname);
  if (url.protocol === 'https:' || isLocal) return url;
  throw new Error(`expected a jwks_uri with https from ${issuer}, got ${url.protocol}//${url.host}`);
}
