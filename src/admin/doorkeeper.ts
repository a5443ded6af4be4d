import type { IncomingHttpHeaders } from 'node:http';
import type { ProblemCode } from './problems.ts';
import { isLoopback } from '../support/loopback.ts';

/**
 * By which names a client may know the listener: loopback ones, those that the configuration gives, and where clients
 * have to say who they are also the very address they have reached.
 *
 * A web page anywhere can make a browser on this machine send requests here. Two checks stop that:
 * `Host` must be a name that only this machine resolves to itself, because an attacker who rebinds
 * his own DNS name to 127.0.0.1 still sends that name (an address, unlike a name, cannot be rebound); and `Origin`,
 * where a browser gives one, must be a page of such a name too. Source: OWASP on DNS rebinding and CSRF; the Fetch
 * standard on `Origin`.
 */
export interface Doorkeeper {
  /** Why the request may not come in, or null. */
  refuse(headers: IncomingHttpHeaders, hostCount: number, visit?: Visit): ProblemCode | null;
}

/** What is known of a request besides its headers. */
export interface Visit {
  /** The address at which the client has reached us, if that counts as a name. */
  readonly localAddress?: string | undefined;
  /** It asks for nothing but the page's files, which hold no secret. */
  readonly isPublic?: boolean;
}

/** @param hosts names besides loopback under which the listener is known, without port. */
export function createDoorkeeper(hosts: readonly string[] = []): Doorkeeper {
  const known = new Set(hosts.map((host) => host.toLowerCase()));
  const isAllowed = (authority: string, { localAddress }: Visit): boolean => {
    const name = hostnameOf(authority);
    return name !== null && (isLoopback(name) || known.has(name) || name === spelledAsHost(localAddress));
  };

  return {
    refuse(headers, hostCount, visit = {}) {
      if (hostCount !== 1 || headers.host === undefined || !isAllowed(headers.host, visit)) return 'host-not-allowed';
      const { origin } = headers;
      const page = origin === undefined ? undefined : /^https?:\/\/(.+)$/i.exec(origin)?.[1];
      if (origin !== undefined && (page === undefined || !isAllowed(page, visit))) return 'origin-not-allowed';
      if (headers['sec-fetch-site'] !== 'cross-site' || isLinkFollowed(headers, visit)) return null;
      return 'origin-not-allowed';
    },
  };
}

/** A person who clicks a link in a chat comes from another site, and may see the page. */
function isLinkFollowed(headers: IncomingHttpHeaders, { isPublic = false }: Visit): boolean {
  return isPublic && headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
}

/** As it stands in Host: IPv6 in brackets, and IPv4 without the prefix it has on a socket for both. */
function spelledAsHost(address: string | undefined): string | null {
  if (address === undefined) return null;
  const bare = address.replace(/^::ffff:(?=[\d.]+$)/i, '').toLowerCase();
  return bare.includes(':') ? `[${bare}]` : bare;
}

/** The lower-cased host of `host` or `host:port`; null for anything that is not exactly that. */
function hostnameOf(authority: string): string | null {
  const match = /^(\[[0-9a-f:.]+\]|[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?)(?::\d{1,5})?$/i.exec(authority);
  return match?.[1]?.toLowerCase() ?? null;
}
