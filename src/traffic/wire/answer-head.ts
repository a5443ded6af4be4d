/** Reads the head of an answer: the status line here, the fields in fields.ts. RFC 9112 4 and 6.3. */
import { CR, LF, SPACE, VALUE, ZERO, ascii, endsHead } from './chars.ts';
import { Fault } from './fault.ts';
import { scanFields } from './fields.ts';
import { Framing, type HeadFacts } from './head.ts';
import type { NameTable } from './names.ts';

export const ANSWER_START = ascii('HTTP/1.');

/**
 * Reads one complete head, `bytes[start..end)` as `findAnswerEnd` found it, into `facts`. `toHead` says that HEAD was
 * asked, whose answer ends at the head. Returns 0, or what is wrong, for which the client gets `malformedAnswer`
 * and the upstream's connection is closed.
 */
export function scanAnswer(
  bytes: Uint8Array,
  start: number,
  end: number,
  facts: HeadFacts,
  names: NameTable,
  toHead: boolean,
): Fault {
  if (!endsHead(bytes, start, end)) return Fault.malformedLineEnd;
  const fault = readHead(bytes, start, end, facts, names, toHead);
  return fault === Fault.none && facts.end !== end ? Fault.malformedField : fault;
}

/** Reads an answer's head that has come whole, in one pass; see `scanWholeRequest`. */
export function scanWholeAnswer(
  bytes: Uint8Array,
  end: number,
  limitBytes: number,
  facts: HeadFacts,
  names: NameTable,
  toHead: boolean,
): boolean {
  if (end >= bytes.length) return false;
  bytes[end] = 0;
  return readHead(bytes, 0, end, facts, names, toHead) === Fault.none && facts.end <= limitBytes;
}

function readHead(
  bytes: Uint8Array,
  start: number,
  end: number,
  facts: HeadFacts,
  names: NameTable,
  toHead: boolean,
): Fault {
  facts.reset();
  facts.start = start;
  const lineFault = scanStatusLine(bytes, end, facts);
  if (lineFault !== Fault.none) return lineFault;
  const fault = scanFields(bytes, facts, names);
  if (fault !== Fault.none) return fault;
  decideFraming(facts, toHead);
  return Fault.none;
}

/**
 * `HTTP/1.x SP STATUS [SP REASON] CRLF`. The second space is required of senders, but enough of them leave it out
 * with an empty reason, and nobody can read that differently; it is written on. A status beyond 599 is
 * invalid (RFC 9110 15).
 */
function scanStatusLine(bytes: Uint8Array, end: number, facts: HeadFacts): Fault {
  const start = facts.start;
  // The shortest head: a status line without a reason, and the empty line.
  if (end - start < 16) return Fault.malformedStatusLine;
  for (let index = 0; index < ANSWER_START.length; index++) {
    if (bytes[start + index] !== ANSWER_START[index]) return Fault.malformedStatusLine;
  }
  facts.minorVersion = bytes[start + 7]! - ZERO;
  if (facts.minorVersion < 0 || facts.minorVersion > 1 || bytes[start + 8] !== SPACE) return Fault.malformedStatusLine;
  facts.status = 0;
  for (let position = start + 9; position < start + 12; position++) {
    const digit = bytes[position]! - ZERO;
    if (digit < 0 || digit > 9) return Fault.malformedStatusLine;
    facts.status = facts.status * 10 + digit;
  }
  if (facts.status < 100 || facts.status > 599) return Fault.malformedStatusLine;
  facts.reasonStart = start + 12;
  let position = facts.reasonStart;
  if (bytes[position] !== SPACE && bytes[position] !== CR) return Fault.malformedStatusLine;
  facts.lineKept = facts.minorVersion === 1 && bytes[position] === SPACE;
  while (VALUE[bytes[position]!] !== 0) position++;
  if (bytes[position] !== CR || bytes[position + 1] !== LF) return Fault.malformedStatusLine;
  facts.lineEnd = position + 2;
  return Fault.none;
}

/** RFC 9112 6.3, where the request's method and the status come before what the fields say. */
function decideFraming(facts: HeadFacts, toHead: boolean): void {
  const status = facts.status;
  if (toHead || status < 200 || status === 204 || status === 304) {
    facts.framing = Framing.none;
    if (status < 200 || status === 204) facts.length = -1;
  } else if (facts.framing === Framing.none) {
    facts.framing = Framing.untilClose;
    facts.persistent = false;
  }
}
