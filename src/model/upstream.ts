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
  /** As a person wrote it; what tells one address from another. */
  readonly url: string;
  readonly protocol: 'http:' | 'https:' | 'unix:';
  /** A name or an IP address, IPv6 without brackets; of `unix:` the socket's path. */
  readonly host: string;
  /** 0 for `unix:`. */
  readonly port: number;
  /** Host and port as they stand in a Host field. */
  readonly authority: string;
  /** PEM certificates to trust instead of the system's. */
  readonly ca?: string;
  /** The name that the certificate must bear; the host when absent. */
  readonly serverName?: string;
}

export type AddressResult = { readonly address: Address } | { readonly mistake: string };

const USUAL_PORTS = { 'http:': 80, 'https:': 443 } as const;

/** Reads an upstream's URL: where it listens and nothing more, because the request brings its own path. */
export function parseAddress(url: string): AddressResult {
  if (url.startsWith('unix:')) return parseSocketPath(url);
  if (!URL.canParse(url)) return { mistake: `expected a URL like http://127.0.0.1:3000, got "${url}"` };
  const { protocol, username, password, pathname, search, hash, hostname, host, port } = new URL(url);
  if (protocol !== 'http:' && protocol !== 'https:') {
    return { mistake: `expected http://, https:// or unix:, got scheme "${protocol.slice(0, -1)}"` };
  }
  if (username !== '' || password !== '') return { mistake: 'expected a URL without a user or password' };
  if (pathname !== '/' || search !== '' || hash !== '') {
    return { mistake: `expected a URL without path, query or fragment (the request brings its own), got "${url}"` };
  }
  const address = {
    url,
    protocol,
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? USUAL_PORTS[protocol] : Number(port),
    authority: host,
  } as const;
  return { address };
}

/** Longer paths do not fit a socket's name on Linux. */
const SOCKET_PATH_LIMIT = 107;

function parseSocketPath(url: string): AddressResult {
  const path = url.slice('unix:'.length).replace(/^\/\/(?=\/)/, '');
  if (!path.startsWith('/') || path.length > SOCKET_PATH_LIMIT || path.includes('\0')) {
    return { mistake: `expected an absolute path of a socket like unix:/run/app.sock, got "${url}"` };
  }
  return { address: { url, protocol: 'unix:', host: path, port: 0, authority: 'localhost' } };
}
