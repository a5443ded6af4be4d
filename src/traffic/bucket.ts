import { FULL_SHARE } from '../model/split.ts';
import type { Random } from '../support/random.ts';

/**
 * Stickiness by bucket: a user has a number 0..9999, and gets the candidate while that number is below the
 * candidate's share. So raising the share only ever adds users, a rollback takes everyone back, and sidecars that
 * know nothing of each other agree. The number comes from a keyed hash of a header, or is drawn once and kept in
 * a cookie; the cookie holds the number and never the side, or a rollback could not reach it.
 */
export type Bucket = number;

/** No usable bucket was found. */
export const NO_BUCKET = -1;

const ZERO = 0x30;
const EQUALS = 0x3d;
const SEMICOLON = 0x3b;
const SPACE = 0x20;

export const drawBucket = (random: Random): Bucket => Math.floor(random() * FULL_SHARE);

/** The bucket in the value of a Cookie line, `bytes[start..end)`, under the given name. */
export function bucketInCookie(bytes: Uint8Array, start: number, end: number, name: Uint8Array): Bucket {
  let position = start;
  while (position < end) {
    while (position < end && bytes[position] === SPACE) position++;
    const pairEnd = endOfPair(bytes, position, end);
    if (startsWithName(bytes, position, pairEnd, name)) return numberAt(bytes, position + name.length + 1, pairEnd);
    position = pairEnd + 1;
  }
  return NO_BUCKET;
}

function endOfPair(bytes: Uint8Array, start: number, end: number): number {
  const semicolon = bytes.indexOf(SEMICOLON, start);
  return semicolon === -1 || semicolon > end ? end : semicolon;
}

function startsWithName(bytes: Uint8Array, start: number, end: number, name: Uint8Array): boolean {
  if (start + name.length >= end || bytes[start + name.length] !== EQUALS) return false;
  for (let index = 0; index < name.length; index++) if (bytes[start + index] !== name[index]) return false;
  return true;
}

/** One to four digits and nothing else: what anybody else wrote there is as good as no cookie. */
function numberAt(bytes: Uint8Array, start: number, end: number): Bucket {
  if (end <= start || end - start > 4) return NO_BUCKET;
  let bucket = 0;
  for (let position = start; position < end; position++) {
    const digit = bytes[position]! - ZERO;
    if (digit < 0 || digit > 9) return NO_BUCKET;
    bucket = bucket * 10 + digit;
  }
  return bucket;
}

/**
 * The bucket of a header's value: FNV-1a over key and value with a final mix (MurmurHash3's), so that values that
 * differ in their last letter land far apart. Every sidecar of a service has the same key, the service's name.
 */
export function bucketOfValue(bytes: Uint8Array, start: number, end: number, key: number): Bucket {
  return mixed(hashed(bytes, start, end, key)) % FULL_SHARE;
}

export const keyOf = (service: string): number =>
  hashed(Buffer.from(service), 0, Buffer.byteLength(service), 0x811c9dc5);

function hashed(bytes: Uint8Array, start: number, end: number, seed: number): number {
  let hash = seed;
  for (let position = start; position < end; position++) hash = Math.imul(hash ^ bytes[position]!, 0x01000193);
  return hash;
}

function mixed(hash: number): number {
  let value = hash;
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}

/** The Set-Cookie line for a bucket; a user keeps it for a year, or until the browser forgets. */
export function cookieLine(name: string, bucket: Bucket, isSecure: boolean): string {
  const secure = isSecure ? '; Secure' : '';
  return `set-cookie: ${name}=${bucket}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax${secure}\r\n`;
}
