/**
 * Writes an answer's head for the client, in HTTP/1.1 whatever the upstream spoke, since the version in a status line
 * is the sender's own (RFC 9110 2.5); what a client of HTTP/1.0 needs is said by the framing and by Connection.
 */
import { SPACE, ascii } from './chars.ts';
import { Framing, type HeadFacts } from './head.ts';
import { writeDecimal, writeLineEnd, writeRange, writeText } from './writing.ts';

const VERSION = ascii('HTTP/1.1');
const CONTENT_LENGTH = ascii('content-length: ');
const CHUNKED = ascii('transfer-encoding: chunked\r\n');
const VIA = [ascii('via: 1.0 weir\r\n'), ascii('via: 1.1 weir\r\n')] as const;
const UPGRADE = ascii('connection: upgrade\r\nupgrade: ');

/** What the client is told about its connection. */
export const ConnectionLine = { none: 0, close: 1, keepAlive: 2 } as const;

export type ConnectionLine = (typeof ConnectionLine)[keyof typeof ConnectionLine];

const CONNECTION = [ascii(''), ascii('connection: close\r\n'), ascii('connection: keep-alive\r\n')] as const;

/** Everything above together, with the digits of a length and the line ends. */
const FIXED_BYTES = 160;

/** What the connection adds to an answer. One fixed shape, reused. */
export class AnswerAdditions {
  /** How the body is framed towards the client; see `clientFraming`. */
  framing: Framing = Framing.none;
  connection: ConnectionLine = ConnectionLine.none;
  /** Whole lines, each with its CRLF: a sticky cookie, Date, `x-weir-shielded`. */
  lines: Buffer = Buffer.alloc(0);
  /** For a 101 that was asked for: its Upgrade goes on. */
  upgrade = false;
}

/**
 * The framing for the client: HTTP/1.0 knows no chunks, and in HTTP/1.1 a body that ends with the connection becomes
 * chunked, so that its end can be told from a cut.
 */
export function clientFraming(framing: Framing, clientMinorVersion: number): Framing {
  if (framing !== Framing.chunked && framing !== Framing.untilClose) return framing;
  return clientMinorVersion === 0 ? Framing.untilClose : Framing.chunked;
}

/** Bytes that `writeAnswer` needs at most. */
export function answerRoom(facts: HeadFacts, additions: AnswerAdditions): number {
  return facts.end - facts.start + additions.lines.length + FIXED_BYTES;
}

/** Writes the head, with its empty line, into `output` from `at` on. Returns the position behind it. */
export function writeAnswer(
  output: Buffer,
  at: number,
  bytes: Buffer,
  facts: HeadFacts,
  additions: AnswerAdditions,
): number {
  let position = facts.lineKept ? at : writeStatusLine(output, at, bytes, facts);
  const kept = facts.kept;
  for (let index = 0; index < facts.keptCount; index += 2) {
    position = writeRange(output, position, bytes, kept[index]!, kept[index + 1]!);
  }
  if (additions.framing === Framing.chunked) {
    position = writeText(output, position, CHUNKED);
  } else if (additions.framing !== Framing.untilClose && facts.length >= 0) {
    // Also where no body follows: an answer to HEAD, or a 304, may say how long it would be.
    position = writeText(output, position, CONTENT_LENGTH);
    position = writeDecimal(output, position, facts.length);
    position = writeLineEnd(output, position);
  }
  position = writeText(output, position, VIA[facts.minorVersion === 0 ? 0 : 1]);
  position = writeText(output, position, CONNECTION[additions.connection]);
  if (additions.upgrade && facts.upgradeStart !== -1) {
    position = writeText(output, position, UPGRADE);
    position = writeRange(output, position, bytes, facts.upgradeStart, facts.upgradeEnd);
    position = writeLineEnd(output, position);
  }
  position = writeText(output, position, additions.lines);
  return writeLineEnd(output, position);
}

function writeStatusLine(output: Buffer, at: number, bytes: Buffer, facts: HeadFacts): number {
  let position = writeText(output, at, VERSION);
  position = writeRange(output, position, bytes, facts.start + 8, facts.reasonStart);
  if (bytes[facts.reasonStart] !== SPACE) output[position++] = SPACE;
  return writeRange(output, position, bytes, facts.reasonStart, facts.lineEnd);
}
