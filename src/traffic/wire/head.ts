/**
 * The facts of one head, and how the pieces of this folder are used.
 *
 * A connection collects bytes until the head is there, asks what it says, and writes it anew for the other side:
 *
 *     end = findRequestEnd(bytes, start, from, end, limits.headBytes)   0: wait for more, < 0: a fault, negated
 *     fault = scanRequest(bytes, start, end, facts, names)                       0, or an entry of `Fault`
 *     room = requestRoom(facts, additions)                               bytes that writeRequest needs at most
 *     behind = writeRequest(output, at, bytes, facts, additions)
 *     body.begin(facts.framing, facts.length); body.advance(bytes, end, readTo) …       see body.ts
 *
 * A head that has come whole, in a buffer that may be written to, is read in one pass by `scanWholeRequest` instead of
 * the first two. And likewise `findAnswerEnd`, `scanAnswer`, `answerRoom`, `writeAnswer` for what comes back. A fault is answered
 * with `localAnswer(fault)`.
 *
 * The reading is strict, so that there is one reading only: what two parsers could understand differently is a
 * fault. The framing is decided once, here, and the other side's framing line is written from that decision;
 * validated lines are copied as ranges of bytes. Nothing here allocates, makes a string or remembers anything
 * between calls. All positions are offsets into the bytes that were scanned: facts are valid as long as those
 * bytes are, and until the same facts are used for the next scan.
 *
 * Source: RFC 9112 (HTTP/1.1), RFC 9110 (semantics), W3C Trace Context.
 */
import { Name } from './names.ts';

/** How the end of a body is found. */
export const Framing = {
  /** There is no body. */
  none: 0,
  /** So many bytes as the length says. */
  length: 1,
  chunked: 2,
  /** Answers only: the body ends when the upstream closes. */
  untilClose: 3,
} as const;

export type Framing = (typeof Framing)[keyof typeof Framing];

/** Methods that somebody distinguishes; `other` is every other token. */
export const Method = {
  other: 0,
  get: 1,
  head: 2,
  options: 3,
  trace: 4,
  post: 5,
  put: 6,
  patch: 7,
  delete: 8,
  connect: 9,
} as const;

export type Method = (typeof Method)[keyof typeof Method];

/** Whether the method only reads, so that repeating it does no harm (RFC 9110 9.2.1). */
export function isSafe(method: Method): boolean {
  return method >= Method.get && method <= Method.trace;
}

/** The four forms of a request target (RFC 9112 3.2). */
export const TargetForm = { origin: 0, absolute: 1, asterisk: 2, authority: 3 } as const;

export type TargetForm = (typeof TargetForm)[keyof typeof TargetForm];

/** What has become of the trace context (W3C Trace Context 3.2). */
export const Trace = { absent: 0, valid: 1, invalid: 2 } as const;

export type Trace = (typeof Trace)[keyof typeof Trace];

/** How many lines of one list-valued field are remembered by position. */
export const RANGE_LIMIT = 16;

/** How many fields a head may name in Connection, besides the known options. */
export const NOMINATED_LIMIT = 32;

/** Names whose lines never go on: they concern one hop, or are written anew from what they said. */
const DROPPED =
  (1 << Name.connection) |
  (1 << Name.contentLength) |
  (1 << Name.transferEncoding) |
  (1 << Name.hopByHop) |
  (1 << Name.keepAlive) |
  (1 << Name.te) |
  (1 << Name.upgrade) |
  (1 << Name.forwardedFor);

/**
 * What one head says, of either direction. One fixed shape, reused. A range is a pair of offsets, the second
 * behind the last byte; -1 as its start means that there is none.
 */
export class HeadFacts {
  /** The first byte of the first line; an empty line before a request is skipped. */
  start = 0;
  /** Behind the first line's CRLF. */
  lineEnd = 0;
  /** Behind the empty line: where the body begins. */
  end = 0;
  /** 0 or 1: the message is HTTP/1.0 or HTTP/1.1. */
  minorVersion = 1;

  // Requests: the request line.
  method: Method = Method.other;
  methodEnd = 0;
  targetStart = 0;
  targetEnd = 0;
  form: TargetForm = TargetForm.origin;
  /** Where path and query begin: the target without scheme and authority. Equal to `targetEnd` when there is no path. */
  pathStart = 0;
  /** Of an absolute or authority form. */
  authorityStart = -1;
  authorityEnd = -1;

  // Answers: the status line.
  /** 100–599. */
  status = 0;
  /** Behind the status code: a space and the reason, or nothing. */
  reasonStart = 0;
  /** From `Keep-Alive: timeout=N`, in seconds; -1 when it was not said. */
  keepAliveSeconds = -1;

  // Both: what follows the head, and what follows the message.
  framing: Framing = Framing.none;
  /** Bytes of the body when `framing` is `length`. For a HEAD or 304 answer what Content-Length said, or -1. */
  length = -1;
  /** Whether the sender keeps its connection open after this message (RFC 9112 9.3). */
  persistent = true;
  /** HTTP/1.1 with `Connection: upgrade` and one `Upgrade` line that does not speak of h2c. */
  upgrade = false;
  upgradeStart = -1;
  upgradeEnd = -1;

  // Both: which lines go on.
  /** Pairs of offsets: what is copied to the other side. */
  readonly kept: Int32Array;
  /** Entries used in `kept`, twice the number of ranges. */
  keptCount = 0;
  /** Whether the first kept range begins with the first line, which then needs no rewriting. */
  lineKept = false;

  // Requests: what the fields say.
  hostStart = -1;
  hostEnd = -1;
  /** Values of the Cookie lines, as pairs of offsets; at most 16 lines are remembered. */
  readonly cookies = new Int32Array(2 * RANGE_LIMIT);
  cookieCount = 0;
  /** Values of the X-Forwarded-For lines, as pairs of offsets. */
  readonly forwardedFor = new Int32Array(2 * RANGE_LIMIT);
  forwardedForCount = 0;
  /** `X-Forwarded-Proto: https`: the client reached whoever stands in front of us by TLS. */
  isForwardedHttps = false;
  /** `Expect: 100-continue`, in HTTP/1.1. */
  expectsContinue = false;
  /** `TE: trailers`. */
  acceptsTrailers = false;
  trace: Trace = Trace.absent;
  traceStart = -1;
  traceEnd = -1;
  /** How often our own name stands in Via. */
  passes = 0;

  /** Value ranges of the two watched fields: [start, end, start, end]. */
  readonly watched = new Int32Array(4);

  // The scanner's own notes.
  sawClose = false;
  sawKeepAlive = false;
  sawUpgrade = false;
  /** More than one Upgrade line, or h2c in it: no upgrade is wanted. */
  upgradeSpoilt = false;
  /** Bit per `Name` that has a line. */
  present = 0;
  /** Bit per `Name` whose lines do not go on. */
  struck = 0;
  /** Connection options that name further fields, as pairs of offsets. */
  readonly nominated = new Int32Array(2 * NOMINATED_LIMIT);
  nominatedCount = 0;

  /** At most so many header lines are read; more are a fault. */
  readonly maxFields: number;

  constructor(maxFields: number) {
    this.maxFields = maxFields;
    this.kept = new Int32Array(2 * maxFields + 4);
  }

  /** Whether the head has a line of this name. */
  has(name: number): boolean {
    return (this.present & (1 << name)) !== 0;
  }

  /** Forgets the last head. */
  reset(): void {
    this.methodEnd = this.targetStart = this.targetEnd = this.pathStart = 0;
    this.method = Method.other;
    this.form = TargetForm.origin;
    this.authorityStart = this.authorityEnd = -1;
    this.status = this.reasonStart = 0;
    this.keepAliveSeconds = -1;
    this.framing = Framing.none;
    this.length = -1;
    this.persistent = true;
    this.upgrade = false;
    this.upgradeStart = this.upgradeEnd = -1;
    this.keptCount = 0;
    this.lineKept = false;
    this.hostStart = this.hostEnd = -1;
    this.cookieCount = this.forwardedForCount = 0;
    this.isForwardedHttps = this.expectsContinue = this.acceptsTrailers = false;
    this.trace = Trace.absent;
    this.traceStart = this.traceEnd = -1;
    this.passes = 0;
    this.watched[0] = this.watched[1] = this.watched[2] = this.watched[3] = -1;
    this.sawClose = this.sawKeepAlive = this.sawUpgrade = this.upgradeSpoilt = false;
    this.present = this.nominatedCount = 0;
    this.struck = DROPPED;
  }
}
