/**
 * The values that decide something, each read in one way only. Every function here gets the value without the
 * spaces around it as `bytes[start..end)`.
 */
import { COMMA, DASH, HEX, SLASH, SPACE, TAB, TOKEN, ZERO, ascii, isToken } from './chars.ts';
import { Fault } from './fault.ts';

const CHUNKED = ascii('chunked');
const TIMEOUT = ascii('timeout');
const WEIR = ascii('weir');
const EQUALS = 0x3d;
const LETTER_F = 0x66;

/** Stands in `LOWER_HEX` for every byte that is no digit. */
const NO_DIGIT = 16;
/** The value of a lower-case hexadecimal digit. */
const LOWER_HEX = HEX.map((digit, byte) => (digit === 255 || TOKEN[byte] !== byte ? NO_DIGIT : digit));

/** The number of bytes a Content-Length announces; -1 when it is not digits only, or more than 2^53-1. */
export function contentLengthOf(bytes: Uint8Array, start: number, end: number): number {
  if (start === end) return -1;
  let length = 0;
  for (let position = start; position < end; position++) {
    const digit = bytes[position]! - ZERO;
    if (digit < 0 || digit > 9) return -1;
    length = length * 10 + digit;
    if (length > Number.MAX_SAFE_INTEGER) return -1;
  }
  return length;
}

/**
 * Exactly `chunked`, or a fault. A well-formed list of other codings is not understood (501); `chunked` anywhere
 * but alone, or anything that is no list of tokens, is an attempt to be read in two ways (400).
 */
export function transferCodingFault(bytes: Uint8Array, start: number, end: number): Fault {
  if (isToken(bytes, start, end, CHUNKED)) return Fault.none;
  let sawChunked = false;
  let position = start;
  for (;;) {
    const tokenStart = position;
    position = tokenEnd(bytes, position, end);
    if (position === tokenStart || sawChunked) return Fault.invalidTransferEncoding;
    sawChunked = isToken(bytes, tokenStart, position, CHUNKED);
    position = skipBlanks(bytes, position, end);
    if (position === end) return Fault.unsupportedCoding;
    if (bytes[position] !== COMMA) return Fault.invalidTransferEncoding;
    position = skipBlanks(bytes, position + 1, end);
  }
}

/** Whether `text` is one of the members of a list, with or without parameters. */
export function hasMember(bytes: Uint8Array, start: number, end: number, text: Uint8Array): boolean {
  let position = start;
  while (position < end) {
    position = skipSeparators(bytes, position, end);
    const memberStart = position;
    position = tokenEnd(bytes, position, end);
    if (isToken(bytes, memberStart, position, text)) return true;
    while (position < end && bytes[position] !== COMMA) position++;
  }
  return false;
}

/** Seconds from `timeout=N` in Keep-Alive; -1 when it is not there. */
export function keepAliveSecondsOf(bytes: Uint8Array, start: number, end: number): number {
  let position = start;
  while (position < end) {
    position = skipSeparators(bytes, position, end);
    const nameStart = position;
    position = tokenEnd(bytes, position, end);
    if (isToken(bytes, nameStart, position, TIMEOUT) && bytes[position] === EQUALS) {
      const digitsStart = position + 1;
      position = tokenEnd(bytes, digitsStart, end);
      return contentLengthOf(bytes, digitsStart, position);
    }
    while (position < end && bytes[position] !== COMMA) position++;
  }
  return -1;
}

/** How many members of a Via name us as the recipient: `1.1 weir`, with or without a comment behind. */
export function passesOf(bytes: Uint8Array, start: number, end: number): number {
  let passes = 0;
  let position = start;
  while (position < end) {
    position = skipSeparators(bytes, position, end);
    while (position < end && (bytes[position] === SLASH || TOKEN[bytes[position]!] !== 0)) position++;
    position = skipBlanks(bytes, position, end);
    const recipientStart = position;
    position = tokenEnd(bytes, position, end);
    if (isToken(bytes, recipientStart, position, WEIR)) passes++;
    while (position < end && bytes[position] !== COMMA) position++;
  }
  return passes;
}

/** Version, trace id, parent id and flags in lower-case hexadecimal, neither id zero (W3C Trace Context 3.2.2). */
export function isTraceparent(bytes: Uint8Array, start: number, end: number): boolean {
  const length = end - start;
  if (length < 55) return false;
  if (bytes[start + 2] !== DASH || bytes[start + 35] !== DASH || bytes[start + 52] !== DASH) return false;
  const version = bitsOf(bytes, start, start + 2);
  const trace = bitsOf(bytes, start + 3, start + 35);
  const parent = bitsOf(bytes, start + 36, start + 52);
  if ((version | trace | parent | bitsOf(bytes, start + 53, start + 55)) >= NO_DIGIT) return false;
  if (trace === 0 || parent === 0) return false;
  if (version === 0) return length === 55;
  const reserved = bytes[start] === LETTER_F && bytes[start + 1] === LETTER_F;
  return !reserved && (length === 55 || bytes[start + 55] === DASH);
}

/** All digits or-ed together: 0 only when all are zero, `NO_DIGIT` or more when one of them is no digit. */
function bitsOf(bytes: Uint8Array, start: number, end: number): number {
  let bits = 0;
  for (let position = start; position < end; position++) bits |= LOWER_HEX[bytes[position]!]!;
  return bits;
}

/** Behind the token at `position`, which may be empty. */
export function tokenEnd(bytes: Uint8Array, position: number, end: number): number {
  let at = position;
  while (at < end && TOKEN[bytes[at]!] !== 0) at++;
  return at;
}

/** Behind spaces and tabs. */
export function skipBlanks(bytes: Uint8Array, position: number, end: number): number {
  let at = position;
  while (at < end && (bytes[at] === SPACE || bytes[at] === TAB)) at++;
  return at;
}

/** Behind spaces, tabs and commas: lists may have empty members (RFC 9110 5.6.1.2). */
export function skipSeparators(bytes: Uint8Array, position: number, end: number): number {
  let at = position;
  while (at < end && (bytes[at] === SPACE || bytes[at] === TAB || bytes[at] === COMMA)) at++;
  return at;
}
