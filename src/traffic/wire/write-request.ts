/**
 * Writes a request's head for the upstream: always in HTTP/1.1 and origin form, from the facts of a head that was
 * read and found valid. Lines that go on are copied as ranges; the framing, Host of an absolute target, and the
 * fields that tell the upstream who asked are written anew. Neither Connection nor Keep-Alive is needed in HTTP/1.1.
 */
import { SPACE, ascii } from './chars.ts';
import { Framing, type HeadFacts, Method, TargetForm, Trace } from './head.ts';
import { Name } from './names.ts';
import { writeDecimal, writeLineEnd, writeRange, writeText } from './writing.ts';

const SLASH_TEXT = ascii('/');
const ASTERISK_TEXT = ascii('*');
const VERSION = ascii(' HTTP/1.1\r\n');
const HOST = ascii('host: ');
const CONTENT_LENGTH = ascii('content-length: ');
const CHUNKED = ascii('transfer-encoding: chunked\r\n');
const FORWARDED_FOR = ascii('x-forwarded-for: ');
const FORWARDED_PROTO = ascii('x-forwarded-proto: http\r\n');
const FORWARDED_HOST = ascii('x-forwarded-host: ');
const SEPARATOR = ascii(', ');
const VIA = [ascii('via: 1.0 weir\r\n'), ascii('via: 1.1 weir\r\n')] as const;
const TRACEPARENT = ascii('traceparent: ');
const TE = ascii('te: trailers\r\nconnection: te\r\n');
const UPGRADE = ascii('connection: upgrade\r\nupgrade: ');
const UPGRADE_TE = ascii('te: trailers\r\nconnection: upgrade, te\r\nupgrade: ');
const QUESTION = 0x3f;

/** Everything above together, with the digits of a length and the line ends. */
const FIXED_BYTES = 320;

/** What the connection adds to a request. One fixed shape, reused. */
export class RequestAdditions {
  /** The client's address, as it goes into X-Forwarded-For. */
  peer: Buffer = Buffer.alloc(0);
  /** The upstream's host and port: Host for an HTTP/1.0 request that has none. */
  authority: Buffer = Buffer.alloc(0);
  /** 55 bytes, sent unless the request has a valid traceparent. */
  traceparent: Buffer = Buffer.alloc(0);
  /** Set by `writeRequest`: where the traceparent stands in the output. */
  traceStart = 0;
  /** Whether the request's wish to upgrade is passed on. */
  upgrade = false;
}

/** Bytes that `writeRequest` needs at most. */
export function requestRoom(facts: HeadFacts, additions: RequestAdditions): number {
  const { peer, authority, traceparent } = additions;
  // The request's own host may come twice: as Host and as X-Forwarded-Host.
  const host = facts.hostEnd - facts.hostStart + (facts.authorityEnd - facts.authorityStart);
  return facts.end - facts.start + host + peer.length + authority.length + traceparent.length + FIXED_BYTES;
}

/** Writes the head, with its empty line, into `output` from `at` on. Returns the position behind it. */
export function writeRequest(
  output: Buffer,
  at: number,
  bytes: Buffer,
  facts: HeadFacts,
  additions: RequestAdditions,
): number {
  let position = facts.lineKept ? at : writeRequestLine(output, at, bytes, facts, additions);
  const kept = facts.kept;
  for (let index = 0; index < facts.keptCount; index += 2) {
    const start = kept[index]!;
    if (start <= facts.traceStart) additions.traceStart = position + facts.traceStart - start;
    position = writeRange(output, position, bytes, start, kept[index + 1]!);
  }
  if (facts.framing === Framing.length) {
    position = writeText(output, position, CONTENT_LENGTH);
    position = writeDecimal(output, position, facts.length);
    position = writeLineEnd(output, position);
  } else if (facts.framing === Framing.chunked) {
    position = writeText(output, position, CHUNKED);
  }
  position = writeForwarded(output, position, bytes, facts, additions.peer);
  position = writeText(output, position, VIA[facts.minorVersion === 0 ? 0 : 1]);
  if (facts.trace !== Trace.valid) {
    position = writeText(output, position, TRACEPARENT);
    additions.traceStart = position;
    position = writeText(output, position, additions.traceparent);
    position = writeLineEnd(output, position);
  }
  if (additions.upgrade && facts.upgrade) {
    position = writeText(output, position, facts.acceptsTrailers ? UPGRADE_TE : UPGRADE);
    position = writeRange(output, position, bytes, facts.upgradeStart, facts.upgradeEnd);
    position = writeLineEnd(output, position);
  } else if (facts.acceptsTrailers) {
    position = writeText(output, position, TE);
  }
  return writeLineEnd(output, position);
}

/** The request line in origin form, and Host when the request's own does not go on. */
function writeRequestLine(
  output: Buffer,
  at: number,
  bytes: Buffer,
  facts: HeadFacts,
  additions: RequestAdditions,
): number {
  let position = writeRange(output, at, bytes, facts.start, facts.methodEnd);
  output[position++] = SPACE;
  if (facts.form === TargetForm.absolute && facts.pathStart === facts.targetEnd) {
    // RFC 9112 3.2.4: OPTIONS of a whole server.
    position = writeText(output, position, facts.method === Method.options ? ASTERISK_TEXT : SLASH_TEXT);
  } else {
    if (bytes[facts.pathStart] === QUESTION) position = writeText(output, position, SLASH_TEXT);
    position = writeRange(output, position, bytes, facts.pathStart, facts.targetEnd);
  }
  position = writeText(output, position, VERSION);
  if (facts.form === TargetForm.absolute) {
    position = writeText(output, position, HOST);
    position = writeRange(output, position, bytes, facts.authorityStart, facts.authorityEnd);
    return writeLineEnd(output, position);
  }
  if (facts.hostStart === -1) {
    position = writeText(output, position, HOST);
    position = writeText(output, position, additions.authority);
    return writeLineEnd(output, position);
  }
  return position;
}

/** The peer is appended to X-Forwarded-For; the others are set only when nobody in front of us has. */
function writeForwarded(output: Buffer, at: number, bytes: Buffer, facts: HeadFacts, peer: Buffer): number {
  let position = writeText(output, at, FORWARDED_FOR);
  for (let index = 0; index < facts.forwardedForCount; index += 2) {
    const start = facts.forwardedFor[index]!;
    const end = facts.forwardedFor[index + 1]!;
    if (start === end) continue;
    position = writeRange(output, position, bytes, start, end);
    position = writeText(output, position, SEPARATOR);
  }
  position = writeText(output, position, peer);
  position = writeLineEnd(output, position);
  if (!facts.has(Name.forwardedProto)) position = writeText(output, position, FORWARDED_PROTO);
  if (facts.has(Name.forwardedHost)) return position;
  const absolute = facts.form === TargetForm.absolute;
  if (!absolute && facts.hostStart === -1) return position;
  position = writeText(output, position, FORWARDED_HOST);
  position = absolute
    ? writeRange(output, position, bytes, facts.authorityStart, facts.authorityEnd)
    : writeRange(output, position, bytes, facts.hostStart, facts.hostEnd);
  return writeLineEnd(output, position);
}
