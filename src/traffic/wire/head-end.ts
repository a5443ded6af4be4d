/**
 * Finds where a head ends, however it is dripped: the caller remembers how far it has looked, and every byte is
 * looked at a bounded number of times. A head that can no longer become a valid one is refused now instead of being
 * waited for: a line that ends in a bare LF, a control character, a first word that is no method.
 *
 * The end is the first CRLFCRLF. Its last byte is sought in strides of four, as in Boyer and Moore's search: a byte
 * that is neither CR nor LF cannot be part of it.
 */
import { CR, LF, SPACE, TOKEN, VALUE } from './chars.ts';
import { ANSWER_START } from './answer-head.ts';
import { Fault } from './fault.ts';
import { HeadFacts } from './head.ts';
import { METHOD_LIMIT, lineStartOf, scanRequestLine } from './request-head.ts';

/** For early looks at a request line; what it says is read again with the whole head. */
const glance = new HeadFacts(0);

/**
 * Looks for the end of a request's head in `bytes[start..end)`, of which everything before `from` has been looked at.
 * Returns the position behind the empty line, 0 when more bytes are needed, or a fault, negated.
 */
export function findRequestEnd(
  bytes: Uint8Array,
  start: number,
  from: number,
  end: number,
  limitBytes: number,
): number {
  const found = findEmptyLine(bytes, start, from, Math.min(end, start + limitBytes));
  if (found !== 0) return found;
  const stray = findStray(bytes, start, from, end);
  if (stray !== Fault.none) return -stray;
  const lineStart = end - start < 2 ? start : lineStartOf(bytes, start);
  const lineFeed = bytes.subarray(0, end).indexOf(LF, lineStart);
  if (lineFeed >= from) {
    glance.reset();
    glance.start = lineStart;
    const fault = scanRequestLine(bytes, glance);
    if (fault !== Fault.none) return -fault;
  }
  if (lineFeed === -1) {
    const fault = methodFault(bytes, lineStart, end);
    if (fault !== Fault.none) return -fault;
  }
  if (end - start < limitBytes) return 0;
  return lineFeed === -1 || lineFeed >= start + limitBytes ? -Fault.targetTooLong : -Fault.headTooLarge;
}

/** The same for an answer. */
export function findAnswerEnd(bytes: Uint8Array, start: number, from: number, end: number, limitBytes: number): number {
  const found = findEmptyLine(bytes, start, from, Math.min(end, start + limitBytes));
  if (found !== 0) return found;
  const stray = findStray(bytes, start, from, end);
  if (stray !== Fault.none) return -stray;
  const comparable = Math.min(end - start, ANSWER_START.length);
  for (let index = 0; index < comparable; index++) {
    if (bytes[start + index] !== ANSWER_START[index]) return -Fault.malformedStatusLine;
  }
  return end - start < limitBytes ? 0 : -Fault.headTooLarge;
}

function findEmptyLine(bytes: Uint8Array, start: number, from: number, end: number): number {
  let position = Math.max(start, from - 3) + 3;
  while (position < end) {
    const byte = bytes[position]!;
    if (byte > CR) {
      position += 4;
    } else if (byte === LF) {
      if (bytes[position - 1] === CR && bytes[position - 2] === LF && bytes[position - 3] === CR) return position + 1;
      position += 2;
    } else if (byte === CR) {
      position += 1;
    } else {
      position += 4;
    }
  }
  return 0;
}

/** A CR without its LF, an LF without its CR, or a control character. */
function findStray(bytes: Uint8Array, start: number, from: number, end: number): Fault {
  for (let position = Math.max(start, from - 1); position < end; position++) {
    const byte = bytes[position]!;
    if (VALUE[byte] !== 0) continue;
    if (byte === LF) {
      if (position === start || bytes[position - 1] !== CR) return Fault.malformedLineEnd;
    } else if (byte !== CR || (position + 1 < end && bytes[position + 1] !== LF)) return Fault.malformedLineEnd;
  }
  return Fault.none;
}

/** A first word that is no token, or too long for any method. */
function methodFault(bytes: Uint8Array, start: number, end: number): Fault {
  let position = start;
  while (position < end && TOKEN[bytes[position]!] !== 0) {
    if (++position - start > METHOD_LIMIT) return Fault.methodTooLong;
  }
  if (position === end || (bytes[position] === SPACE && position > start)) return Fault.none;
  return bytes[position] === CR && position === start && position + 1 === end ? Fault.none : Fault.malformedRequestLine;
}
