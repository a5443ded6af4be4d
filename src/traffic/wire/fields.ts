/**
 * The header lines of either direction, in one pass: each line is checked byte by byte against the alphabets, its
 * name is looked up, and a line that stays behind ends the range of bytes that go on. What Connection names is
 * known only at the end, so lines named there are taken out by a second, rare pass (strike.ts).
 */
import { COLON, CR, LF, SPACE, TAB, TOKEN, VALUE, ascii, isToken, trimmedEnd } from './chars.ts';
import { isAuthority } from './authority.ts';
import { Fault } from './fault.ts';
import {
  contentLengthOf,
  hasMember,
  isTraceparent,
  keepAliveSecondsOf,
  passesOf,
  transferCodingFault,
} from './field-values.ts';
import { readConnection } from './connection-options.ts';
import { Framing, type HeadFacts, RANGE_LIMIT, Trace } from './head.ts';
import { Name, type NameTable, entryAt } from './names.ts';
import { strikeLines } from './strike.ts';

const HTTPS = ascii('https');
const CONTINUE = ascii('100-continue');
const H2C = ascii('h2c');
const TRAILERS = ascii('trailers');

/** How often a request may have passed us before it is taken for a loop. */
const PASS_LIMIT = 4;

/**
 * Reads the lines from `facts.lineEnd` to the empty line. None of the loops here asks for an end: somewhere ahead must
 * be a CRLFCRLF, or a NUL, which no line may hold.
 */
export function scanFields(bytes: Uint8Array, facts: HeadFacts, names: NameTable): Fault {
  const kept = facts.kept;
  const struckBefore = facts.struck;
  let keptCount = 0;
  let keptStart = facts.lineKept ? facts.start : facts.lineEnd;
  let position = facts.lineEnd;
  let fields = 0;
  while (bytes[position] !== CR) {
    const lineStart = position;
    while (TOKEN[bytes[position]!] !== 0) position++;
    const nameEnd = position;
    if (nameEnd === lineStart || bytes[position] !== COLON) return Fault.malformedField;
    position++;
    while (bytes[position] === SPACE || bytes[position] === TAB) position++;
    const valueStart = position;
    while (VALUE[bytes[position]!] !== 0) position++;
    const valueEnd = position;
    if (bytes[position] !== CR || bytes[position + 1] !== LF) return Fault.malformedField;
    position += 2;
    if (++fields > facts.maxFields) return Fault.tooManyFields;

    const entry = entryAt(names, bytes, lineStart, nameEnd);
    if (entry === 0) continue;
    const name = names.names[entry]!;
    const watched = names.watched[entry]!;
    const trimmed = trimmedEnd(bytes, valueStart, valueEnd);
    if (watched !== 0) noteWatched(watched, valueStart, trimmed, facts);
    const fault = readField(name, bytes, valueStart, trimmed, facts, names);
    if (fault !== Fault.none) return fault;
    facts.present |= 1 << name;
    if ((facts.struck & (1 << name)) === 0) continue;
    if (lineStart > keptStart) {
      kept[keptCount++] = keptStart;
      kept[keptCount++] = lineStart;
    }
    keptStart = position;
  }
  if (bytes[position + 1] !== LF) return Fault.malformedField;
  if (position > keptStart) {
    kept[keptCount++] = keptStart;
    kept[keptCount++] = position;
  }
  facts.keptCount = keptCount;
  facts.end = position + 2;
  return settle(bytes, facts, names, struckBefore);
}

/** What only the whole head can tell. */
function settle(bytes: Uint8Array, facts: HeadFacts, names: NameTable, struckBefore: number): Fault {
  if (facts.framing === Framing.chunked && facts.has(Name.contentLength)) return Fault.conflictingFraming;
  facts.persistent = !facts.sawClose && (facts.minorVersion === 1 || facts.sawKeepAlive);
  facts.upgrade =
    facts.sawUpgrade && facts.upgradeEnd > facts.upgradeStart && facts.minorVersion === 1 && !facts.upgradeSpoilt;
  // A tracestate belongs to its traceparent and goes with it (W3C Trace Context 4.3).
  if (facts.trace !== Trace.valid && facts.has(Name.tracestate)) facts.struck |= 1 << Name.tracestate;
  if (facts.struck !== struckBefore || facts.nominatedCount > 0) strikeLines(bytes, facts, names);
  return Fault.none;
}

function readField(
  name: number,
  bytes: Uint8Array,
  start: number,
  end: number,
  facts: HeadFacts,
  names: NameTable,
): Fault {
  switch (name) {
    case Name.connection:
      return readConnection(bytes, start, end, facts, names);
    case Name.contentLength:
      if (facts.has(Name.contentLength)) return Fault.invalidContentLength;
      facts.length = contentLengthOf(bytes, start, end);
      if (facts.length < 0) return Fault.invalidContentLength;
      if (facts.framing === Framing.none) facts.framing = Framing.length;
      return Fault.none;
    case Name.transferEncoding:
      // A tab behind the coding is blank to some parsers and part of its name to others.
      if (facts.has(Name.transferEncoding) || facts.minorVersion === 0 || hasTabBehind(bytes, end)) {
        return Fault.invalidTransferEncoding;
      }
      facts.framing = Framing.chunked;
      return transferCodingFault(bytes, start, end);
    case Name.host:
      if (facts.has(Name.host) || !isAuthority(bytes, start, end)) return Fault.invalidHost;
      facts.hostStart = start;
      facts.hostEnd = end;
      return Fault.none;
    case Name.cookie:
      if (facts.cookieCount < 2 * RANGE_LIMIT) {
        facts.cookies[facts.cookieCount++] = start;
        facts.cookies[facts.cookieCount++] = end;
      }
      return Fault.none;
    case Name.forwardedFor:
      if (facts.forwardedForCount === 2 * RANGE_LIMIT) return Fault.tooManyForwarded;
      facts.forwardedFor[facts.forwardedForCount++] = start;
      facts.forwardedFor[facts.forwardedForCount++] = end;
      return Fault.none;
    case Name.forwardedProto:
      facts.isForwardedHttps = isToken(bytes, start, end, HTTPS);
      return Fault.none;
    case Name.traceparent:
      readTraceparent(bytes, start, end, facts);
      return Fault.none;
    case Name.expect:
      if (!isToken(bytes, start, end, CONTINUE)) return Fault.expectationFailed;
      facts.expectsContinue = facts.minorVersion === 1;
      return Fault.none;
    case Name.upgrade:
      if (facts.has(Name.upgrade) || hasMember(bytes, start, end, H2C)) facts.upgradeSpoilt = true;
      facts.upgradeStart = start;
      facts.upgradeEnd = end;
      return Fault.none;
    case Name.te:
      if (hasMember(bytes, start, end, TRAILERS)) facts.acceptsTrailers = true;
      return Fault.none;
    case Name.keepAlive:
      facts.keepAliveSeconds = keepAliveSecondsOf(bytes, start, end);
      return Fault.none;
    case Name.via:
      facts.passes += passesOf(bytes, start, end);
      return facts.passes >= PASS_LIMIT ? Fault.loopDetected : Fault.none;
    default:
      return Fault.none;
  }
}

/** Whether a tab is among the blanks between a value and its CR. */
function hasTabBehind(bytes: Uint8Array, end: number): boolean {
  let position = end;
  while (bytes[position] === SPACE) position++;
  return bytes[position] === TAB;
}

/** Two traceparents are none: nobody can say which is meant. */
function readTraceparent(bytes: Uint8Array, start: number, end: number, facts: HeadFacts): void {
  facts.traceStart = start;
  facts.traceEnd = end;
  const valid = facts.trace === Trace.absent && isTraceparent(bytes, start, end);
  facts.trace = valid ? Trace.valid : Trace.invalid;
  if (!valid) facts.struck |= 1 << Name.traceparent;
}

/** The first line of a watched name is the one that counts. */
function noteWatched(watched: number, start: number, end: number, facts: HeadFacts): void {
  if ((watched & 1) !== 0 && facts.watched[0] === -1) {
    facts.watched[0] = start;
    facts.watched[1] = end;
  }
  if ((watched & 2) !== 0 && facts.watched[2] === -1) {
    facts.watched[2] = start;
    facts.watched[3] = end;
  }
}
