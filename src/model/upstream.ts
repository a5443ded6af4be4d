/** The two places a request can go. */
export type Side = 'stable' | 'candidate';

/** Position of a side in every per-side array; the data path indexes, it never compares strings. */
export type SideIndex = 0 | 1;

export const STABLE = 0 satisfies SideIndex;
export const CANDIDATE = 1 satisfies SideIndex;

/** Side names by index. */
export const SIDES = ['stable', 'candidate'] as const;

/** Where an upstream listens, already parsed: the data path sees no URL. */
export interface Address {
  /** As a person wrote it, for messages. */
  readonly url: string;
  readonly protocol: 'http:';
  /** A name or an IP address, IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
}

export type AddressResult = { readonly address: Address } | { readonly mistake: string };

/** Reads an upstream's URL: scheme, host and port, nothing more, because the request brings its own path. */
export function parseAddress(url: string): AddressResult {
  if (!URL.canParse(url)) return { mistake: `expected a URL like http://127.0.0.1:3000, got "${url}"` };
  const parsed = new URL(url);
  if (parsed.protocol !== 'http:') {
    return { mistake: `expected an http:// URL, got scheme "${parsed.protocol.slice(0, -1)}" in "${url}"` };
  }
  if (parsed.username !== '' || parsed.password !== '') return { mistake: 'expected a URL without a user or password' };
  if (parsed.pathname !== '/' || parsed.search !== '' || parsed.hash !== '') {
    return { mistake: `expected a URL without path, query or fragment (the request brings its own), got "${url}"` };
  }
  const host = parsed.hostname.replace(/^\[(.*)\]$/, '$1');
  return { address: { url, protocol: 'http:', host, port: parsed.port === '' ? 80 : Number(parsed.port) } };
}
