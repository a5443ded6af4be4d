/** Putting bytes into an output buffer. Each returns the position behind what it wrote; room is the caller's care. */
import { CR, LF, ZERO, ascii } from './chars.ts';

/** Below this many bytes a loop is cheaper than a call into the engine. */
const LOOP_LIMIT_BYTES = 48;

/** A chunk's line has at most so many bytes: 14 hexadecimal digits and CRLF. */
export const CHUNK_START_LIMIT_BYTES = 16;
/** Behind a chunk's content. */
export const CHUNK_END = ascii('\r\n');
/** Behind the last chunk: a body's clean end. Never written for a body that was cut short. */
export const LAST_CHUNK = ascii('0\r\n\r\n');

/** Copies `source[start..end)`. */
export function writeRange(output: Buffer, at: number, source: Buffer, start: number, end: number): number {
  const length = end - start;
  if (length > LOOP_LIMIT_BYTES) source.copy(output, at, start, end);
  else for (let index = 0; index < length; index++) output[at + index] = source[start + index]!;
  return at + length;
}

/** Copies a prepared text. */
export function writeText(output: Buffer, at: number, text: Buffer): number {
  return writeRange(output, at, text, 0, text.length);
}

export function writeLineEnd(output: Buffer, at: number): number {
  output[at] = CR;
  output[at + 1] = LF;
  return at + 2;
}

/** Writes a whole number from 0 to 2^53-1 in decimal digits. */
export function writeDecimal(output: Buffer, at: number, value: number): number {
  let behind = at + 1;
  for (let rest = value; rest >= 10; rest = Math.floor(rest / 10)) behind++;
  let rest = value;
  for (let position = behind - 1; position >= at; position--) {
    output[position] = ZERO + (rest % 10);
    rest = Math.floor(rest / 10);
  }
  return behind;
}

/** Writes the line that begins a chunk of `size` bytes, which must not be 0: that would end the body. */
export function writeChunkStart(output: Buffer, at: number, size: number): number {
  let behind = at + 1;
  for (let rest = size; rest >= 16; rest = Math.floor(rest / 16)) behind++;
  let rest = size;
  for (let position = behind - 1; position >= at; position--) {
    const digit = rest % 16;
    output[position] = digit < 10 ? ZERO + digit : 0x57 + digit;
    rest = Math.floor(rest / 16);
  }
  return writeLineEnd(output, behind);
}
