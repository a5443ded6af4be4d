/**
 * `host [":" port]`, as it stands in Host and in absolute targets: RFC 9110 4.2.1 and 7.2, RFC 3986 3.2.2.
 * Stricter than the grammar where readings differ: the host is never empty (an http URI with an empty host is
 * invalid, so an empty Host names nothing), no user is allowed, a port is at most 65535, and in brackets stands an
 * IPv6 address without a zone.
 */
import { COLON, HEX, HOST_NAME, ZERO } from './chars.ts';

const PERCENT = 0x25;
const DOT = 0x2e;
const OPENING = 0x5b;
const CLOSING = 0x5d;

/** Whether `bytes[start..end)` is a host, with or without a port. */
export function isAuthority(bytes: Uint8Array, start: number, end: number): boolean {
  if (start >= end) return false;
  const hostEnd = bytes[start] === OPENING ? addressEnd(bytes, start, end) : nameEnd(bytes, start, end);
  if (hostEnd <= start) return false;
  return hostEnd === end || (bytes[hostEnd] === COLON && isPort(bytes, hostEnd + 1, end));
}

/** Behind the name; `start` when a percent-encoding in it is broken. */
function nameEnd(bytes: Uint8Array, start: number, end: number): number {
  let position = start;
  while (position < end) {
    if (HOST_NAME[bytes[position]!] === 1) {
      position++;
    } else if (bytes[position] === PERCENT) {
      if (position + 2 >= end || HEX[bytes[position + 1]!] === 255 || HEX[bytes[position + 2]!] === 255) return start;
      position += 3;
    } else break;
  }
  return position;
}

/** A port may be empty, as the grammar has it, which means the scheme's own. */
function isPort(bytes: Uint8Array, start: number, end: number): boolean {
  let port = 0;
  for (let position = start; position < end; position++) {
    const digit = bytes[position]! - ZERO;
    if (digit < 0 || digit > 9) return false;
    port = port * 10 + digit;
    if (port > 65_535) return false;
  }
  return true;
}

/** Behind the closing bracket of an IPv6 address; `start` when it is none. */
function addressEnd(bytes: Uint8Array, start: number, end: number): number {
  let groups = 0;
  let compressed = false;
  let position = start + 1;
  if (bytes[position] === COLON && position + 1 < end) {
    if (bytes[position + 1] !== COLON) return start;
    compressed = true;
    position += 2;
  }
  while (position < end && bytes[position] !== CLOSING) {
    const groupStart = position;
    while (position < end && HEX[bytes[position]!] !== 255) position++;
    if (position < end && bytes[position] === DOT) {
      position = quadEnd(bytes, groupStart, end);
      groups += 2;
      break;
    }
    if (position === groupStart || position - groupStart > 4) return start;
    groups++;
    if (position >= end || bytes[position] !== COLON) break;
    position++;
    if (position < end && bytes[position] === COLON) {
      if (compressed) return start;
      compressed = true;
      position++;
    } else if (position >= end || bytes[position] === CLOSING) return start;
  }
  if (position >= end || bytes[position] !== CLOSING) return start;
  return (compressed ? groups < 8 : groups === 8) ? position + 1 : start;
}

/** Behind four decimal numbers of 0–255 with dots between them; `start` when they are not that. */
function quadEnd(bytes: Uint8Array, start: number, end: number): number {
  let position = start;
  for (let part = 0; part < 4; part++) {
    if (part > 0 && (position >= end || bytes[position++] !== DOT)) return start;
    const partStart = position;
    let value = 0;
    while (position < end && bytes[position]! >= ZERO && bytes[position]! <= ZERO + 9) {
      value = value * 10 + bytes[position++]! - ZERO;
    }
    const digits = position - partStart;
    if (digits === 0 || digits > 3 || value > 255 || (digits > 1 && bytes[partStart] === ZERO)) return start;
  }
  return position;
}
