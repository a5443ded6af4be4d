/** Reads the head of a request: the request line here, the fields in fields.ts. RFC 9112 3. */
import { CR, LF, SPACE, TARGET, TOKEN, ascii, endsHead } from './chars.ts';
import { Fault } from './fault.ts';
import { scanFields } from './fields.ts';
import { type HeadFacts, Method, TargetForm } from './head.ts';
import { Name, type NameTable } from './names.ts';
import { readTarget } from './target.ts';

/** Longer than any registered method; it keeps an endless first word from being waited for. */
export const METHOD_LIMIT = 32;

const DOT = 0x2e;
const VERSION_START = ascii('HTTP/');

/** Methods that are told apart, by their length. */
const METHODS: readonly (readonly (readonly [text: Buffer, method: Method])[])[] = [
  [],
  [],
  [],
  [
    [ascii('GET'), Method.get],
    [ascii('PUT'), Method.put],
  ],
  [
    [ascii('POST'), Method.post],
    [ascii('HEAD'), Method.head],
  ],
  [
    [ascii('PATCH'), Method.patch],
    [ascii('TRACE'), Method.trace],
  ],
  [[ascii('DELETE'), Method.delete]],
  [
    [ascii('OPTIONS'), Method.options],
    [ascii('CONNECT'), Method.connect],
  ],
];

/**
 * Reads one complete head, `bytes[start..end)` as `findRequestEnd` found it, into `facts`. Returns 0, or the fault
 * for which the request is refused; the facts then mean nothing.
 */
export function scanRequest(bytes: Uint8Array, start: number, end: number, facts: HeadFacts, names: NameTable): Fault {
  if (!endsHead(bytes, start, end)) return Fault.malformedLineEnd;
  const fault = readHead(bytes, start, facts, names);
  return fault === Fault.none && facts.end !== end ? Fault.malformedField : fault;
}

/**
 * Reads a head that has come whole, in one pass, without looking for its end first: the ordinary case. `bytes[end]` is
 * overwritten by a NUL, which stops every loop. False when there is anything to ask about, be it that more bytes
 * are needed or that something is wrong: then `findRequestEnd` and `scanRequest` tell what.
 */
export function scanWholeRequest(
  bytes: Uint8Array,
  end: number,
  limitBytes: number,
  facts: HeadFacts,
  names: NameTable,
): boolean {
  if (end >= bytes.length) return false;
  bytes[end] = 0;
  return readHead(bytes, 0, facts, names) === Fault.none && facts.end <= limitBytes;
}

function readHead(bytes: Uint8Array, start: number, facts: HeadFacts, names: NameTable): Fault {
  facts.reset();
  facts.start = lineStartOf(bytes, start);
  const lineFault = scanRequestLine(bytes, facts);
  if (lineFault !== Fault.none) return lineFault;
  if (facts.form === TargetForm.absolute) facts.struck |= 1 << Name.host;
  // HTTP/1.0 knows no interim answer, and an expectation forwarded in 1.1 would ask for one (RFC 9110 10.1.1).
  if (facts.minorVersion === 0) facts.struck |= 1 << Name.expect;
  const fault = scanFields(bytes, facts, names);
  if (fault !== Fault.none) return fault;
  if (facts.hostStart === -1 && facts.minorVersion === 1) return Fault.missingHost;
  if (facts.method === Method.connect) return Fault.connectNotSupported;
  return facts.method === Method.trace ? Fault.traceNotAllowed : Fault.none;
}

/** One empty line before a request is skipped (RFC 9112 2.2). */
export function lineStartOf(bytes: Uint8Array, start: number): number {
  return bytes[start] === CR && bytes[start + 1] === LF ? start + 2 : start;
}

/** Reads the line at `facts.start`. A CRLF must be ahead: it stops every loop. */
export function scanRequestLine(bytes: Uint8Array, facts: HeadFacts): Fault {
  const start = facts.start;
  let position = start;
  while (TOKEN[bytes[position]!] !== 0) position++;
  if (position === start || bytes[position] !== SPACE) return Fault.malformedRequestLine;
  if (position - start > METHOD_LIMIT) return Fault.methodTooLong;
  facts.methodEnd = position;
  facts.method = methodOf(bytes, start, position);
  const targetStart = ++position;
  while (TARGET[bytes[position]!] !== 0) position++;
  if (position === targetStart || bytes[position] !== SPACE) return Fault.malformedRequestLine;
  facts.targetStart = targetStart;
  facts.targetEnd = position;
  const fault = readVersion(bytes, position + 1, facts);
  if (fault !== Fault.none) return fault;
  facts.lineEnd = position + 11;
  const targetFault = readTarget(bytes, facts);
  facts.lineKept = facts.form === TargetForm.origin && facts.minorVersion === 1;
  return targetFault;
}

/** `HTTP/1.1` or `HTTP/1.0` and CRLF. */
function readVersion(bytes: Uint8Array, start: number, facts: HeadFacts): Fault {
  for (let index = 0; index < VERSION_START.length; index++) {
    if (bytes[start + index] !== VERSION_START[index]) return Fault.malformedRequestLine;
  }
  const major = bytes[start + 5]! - 0x30;
  if (major < 0 || major > 9 || bytes[start + 6] !== DOT) return Fault.malformedRequestLine;
  const minor = bytes[start + 7]! - 0x30;
  if (minor < 0 || minor > 9 || bytes[start + 8] !== CR || bytes[start + 9] !== LF) return Fault.malformedRequestLine;
  if (major !== 1) return Fault.versionNotSupported;
  facts.minorVersion = minor;
  return minor > 1 ? Fault.malformedRequestLine : Fault.none;
}

/** Methods are case-sensitive (RFC 9110 9.1): `get` is some other method. */
function methodOf(bytes: Uint8Array, start: number, end: number): Method {
  const candidates = METHODS[end - start];
  if (candidates === undefined) return Method.other;
  for (const candidate of candidates) {
    const text = candidate[0];
    let index = 0;
    while (index < text.length && bytes[start + index] === text[index]) index++;
    if (index === text.length) return candidate[1];
  }
  return Method.other;
}
