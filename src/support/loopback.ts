/**
 * Whether a host is this machine and nobody else: localhost, ::1 (also in the brackets of a URL) or 127.0.0.0/8. Only the
 * plain spellings: `127.1`, `0x7f.1` or `[::ffff:127.0.0.1]` are not what anybody writes who means well.
 */
export function isLoopback(host: string): boolean {
  if (host === 'localhost' || host === '::1' || host === '[::1]') return true;
  const octets = /^127\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(host)?.slice(1);
  return octets !== undefined && octets.every((octet) => Number(octet) <= 255 && String(Number(octet)) === octet);
}
