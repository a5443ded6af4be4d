import type { IncomingHttpHeaders } from 'node:http';
import type { ProblemCode } from './problems.ts';

/**
 * Who may talk to a listener on loopback: only clients that know it by a loopback name.
 *
 * A web page anywhere can make a browser on this machine send requests here. Two checks stop that:
 * `Host` must be a name that only this machine resolves to itself, because an attacker who rebinds
 * his own DNS name to 127.0.0.1 still sends that name; and `Origin`, where a browser gives one, must
 * be a loopback page too. Source: OWASP on DNS rebinding and CSRF; the Fetch standard on `Origin`.
 */
export interface Doorkeeper {
  /** Why the request may not come in, or null. */
  refuse(headers: IncomingHttpHeaders, hostCount: number): ProblemCode | null;
}

/** @param hosts names besides loopback under which the listener is known, without port. */
export function createDoorkeeper(hosts: readonly string[] = []): Doorkeeper {
  const known = new Set(hosts.map((host) => host.toLowerCase()));
  const isAllowed = (authority: string): boolean => {
    const name = hostnameOf(authority);
    return name !== null && (isLoopback(name) || known.has(name));
  };

  return {
    refuse(headers, hostCount) {
      if (hostCount !== 1 || headers.host === undefined || !isAllowed(headers.host)) return 'host-not-allowed';
      const { origin } = headers;
      const page = origin === undefined ? undefined : /^https?:\/\/(.+)$/i.exec(origin)?.[1];
      if (origin !== undefined && (page === undefined || !isAllowed(page))) return 'origin-not-allowed';
      return headers['sec-fetch-site'] === 'cross-site' ? 'origin-not-allowed' : null;
    },
  };
}

/** The lower-cased host of `host` or `host:port`; null for anything that is not exactly that. */
function hostnameOf(authority: string): string | null {
  const match = /^(\[[0-9a-f:.]+\]|[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?)(?::\d{1,5})?$/i.exec(authority);
  return match?.[1]?.toLowerCase() ?? null;
}

/** Only the plain spellings: `127.1`, `0x7f.1` or `[::ffff:127.0.0.1]` are not what a client of ours sends. */
function isLoopback(name: string): boolean {
  if (name === 'localhost' || name === '[::1]') return true;
  const octets = /^127\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(name)?.slice(1);
  return octets !== undefined && octets.every((octet) => Number(octet) <= 255 && String(Number(octet)) === octet);
}
