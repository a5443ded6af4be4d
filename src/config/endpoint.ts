import { isLoopback } from '../support/loopback.ts';

/** Where a listener binds. */
export interface Endpoint {
  /** A name or an IP address, IPv6 without brackets. */
  readonly host: string;
  /** 0 means any free port. */
  readonly port: number;
}

export const ENDPOINT_FORM =
  'host:port like 127.0.0.1:9901 or "[::1]:9901" (0.0.0.0:8080 for every address), with a port between 0 and 65535';

/** Reads `host:port`, with IPv6 in brackets; null when it is anything else. */
export function parseEndpoint(text: string): Endpoint | null {
  const parts = /^(\[[^\]]+\]|[^:[\]]+):(\d{1,5})$/.exec(text);
  const host = hostOf(parts?.[1] ?? '');
  const port = Number(parts?.[2] ?? Number.NaN);
  return host !== null && port <= 65_535 ? { host, port } : null;
}

export function formatEndpoint({ host, port }: Endpoint): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Whether binding both would fail, as far as the addresses alone tell. Port 0 collides with nothing. */
export function overlaps(a: Endpoint, b: Endpoint): boolean {
  if (a.port !== b.port || a.port === 0) return false;
  return a.host === b.host || covers(a.host, b.host) || covers(b.host, a.host);
}

function covers(wide: string, narrow: string): boolean {
  // Node binds `::` for both families; `localhost` may resolve to either loopback.
  if (wide === '::') return true;
  if (wide === '0.0.0.0') return !narrow.includes(':') || narrow === '::';
  return wide === 'localhost' && isLoopback(narrow);
}

/** The host in its canonical spelling, so that equal addresses compare equal. */
function hostOf(text: string): string | null {
  if (text.startsWith('[')) {
    const url = `http://${text}/`;
    return URL.canParse(url) ? new URL(url).hostname.slice(1, -1) : null;
  }
  if (/^[\d.]+$/.test(text)) return isIpv4(text) ? text : null;
  return /^[a-z\d_]([a-z\d_.-]*[a-z\d_])?$/i.test(text) && text.length <= 253 ? text.toLowerCase() : null;
}

function isIpv4(text: string): boolean {
  const octets = text.split('.');
  return octets.length === 4 && octets.every((octet) => /^(0|[1-9]\d{0,2})$/.test(octet) && Number(octet) <= 255);
}
