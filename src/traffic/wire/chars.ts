/**
 * The alphabets of HTTP/1.1 as tables of 256 entries, so that one load answers "may this byte stand here?".
 * RFC 9110 5.5 (values) and 5.6.2 (tokens), RFC 9112 3.2 (targets), RFC 3986 3.2.2 (hosts).
 */

export const TAB = 0x09;
export const LF = 0x0a;
export const CR = 0x0d;
export const SPACE = 0x20;
export const COMMA = 0x2c;
export const DASH = 0x2d;
export const SLASH = 0x2f;
export const ZERO = 0x30;
export const COLON = 0x3a;
export const SEMICOLON = 0x3b;

const ALPHANUMERIC = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';

function tableOf(members: string): Uint8Array {
  const table = new Uint8Array(256);
  for (const member of members) table[member.charCodeAt(0)] = 1;
  return table;
}

function tableOfRanges(...ranges: readonly (readonly [first: number, last: number])[]): Uint8Array {
  const table = new Uint8Array(256);
  for (const [first, last] of ranges) table.fill(1, first, last + 1);
  return table;
}

/** The lower-case form of a byte that may stand in a token; 0 for every other byte. */
export const TOKEN = tableOf(`!#$%&'*+-.^_\`|~${ALPHANUMERIC}`).map((member, byte) =>
  member === 0 ? 0 : byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte,
);

/** What a field value may hold: tab, space, visible ASCII, and 0x80–0xFF unread. */
export const VALUE = tableOfRanges([TAB, TAB], [SPACE, 0x7e], [0x80, 0xff]);

/** What a request target may hold: visible ASCII without `#`, because a target has no fragment. */
export const TARGET = tableOfRanges([0x21, 0x22], [0x24, 0x7e]);

/**
 * What a host's name may hold besides a percent-encoding. A comma would be legal, but to whoever joins lines
 * `a,b` are two hosts.
 */
export const HOST_NAME = tableOf(`-._~!$&'()*+;=${ALPHANUMERIC}`);

/** The value of a hexadecimal digit; 255 for every other byte. */
export const HEX = new Uint8Array(256).fill(255);
for (let digit = 0; digit < 16; digit++) {
  HEX[digit.toString(16).charCodeAt(0)] = digit;
  HEX[digit.toString(16).toUpperCase().charCodeAt(0)] = digit;
}

/** The bytes of an ASCII text, prepared once at start-up. */
export function ascii(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

/** Whether `bytes[start..end)` is `lowerCased` in any case. Only for tokens: other bytes never match. */
export function isToken(bytes: Uint8Array, start: number, end: number, lowerCased: Uint8Array): boolean {
  const length = lowerCased.length;
  if (end - start !== length) return false;
  for (let index = 0; index < length; index++) {
    if (TOKEN[bytes[start + index]!] !== lowerCased[index]) return false;
  }
  return true;
}

/** Where the value ends once trailing spaces and tabs are cut (optional whitespace, RFC 9112 5). */
export function trimmedEnd(bytes: Uint8Array, start: number, end: number): number {
  let last = end;
  while (last > start && (bytes[last - 1] === SPACE || bytes[last - 1] === TAB)) last--;
  return last;
}

/** Whether the bytes end as a head must, which the scanners rely on. */
export function endsHead(bytes: Uint8Array, start: number, end: number): boolean {
  return (
    end - start >= 4 && bytes[end - 4] === CR && bytes[end - 3] === LF && bytes[end - 2] === CR && bytes[end - 1] === LF
  );
}
