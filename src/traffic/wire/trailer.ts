/**
 * The trailer section of a chunked body. Each line is checked like a header line and then has one of three fates
 * (RFC 9110 6.5.1): a field of framing, routing or authentication is an attempt to smuggle and refused; a field that
 * has no business after the content (content format, conditions, caching, hop by hop) is dropped; everything
 * else goes on. Lines are copied out as they come, since a line can only be judged when it is complete.
 */
import { CR, COLON, LF, SPACE, TAB, TOKEN, VALUE, ascii } from './chars.ts';
import { Fault } from './fault.ts';
import { type NameEntry, createNameTable, entryAt } from './names.ts';

const TRAILER_LIMIT_BYTES = 16 * 1024;

const Fate = { refused: 1, dropped: 2 } as const;

const REFUSED = `
  content-length transfer-encoding host connection upgrade forwarded via traceparent
  authorization proxy-authorization proxy-authenticate www-authenticate authentication-info
  proxy-authentication-info cookie set-cookie x-forwarded-for x-forwarded-host x-forwarded-proto
  x-forwarded-port x-forwarded-prefix x-real-ip`;

const DROPPED = `
  keep-alive proxy-connection te trailer expect max-forwards range content-encoding content-type content-range
  content-location if-match if-none-match if-modified-since if-unmodified-since if-range cache-control pragma age
  date expires vary location retry-after warning tracestate idempotency-key`;

const entriesOf = (names: string, fate: number): NameEntry[] =>
  names
    .trim()
    .split(/\s+/)
    .map((name) => [name, fate]);

const TABLE = createNameTable([...entriesOf(REFUSED, Fate.refused), ...entriesOf(DROPPED, Fate.dropped)]);

/** Ours: neither side may say them here. */
const OUR_PREFIX = ascii('x-weir-');

/** Collects one trailer section. Holds memory only once there is one. */
export class Trailer {
  over = false;
  fault: Fault = Fault.none;
  #bytes: Buffer | null = null;
  /** Behind the last kept line. */
  #kept = 0;
  /** Behind the line under way. */
  #length = 0;
  /** All bytes seen, dropped lines included. */
  #seen = 0;

  reset(): void {
    this.over = false;
    this.fault = Fault.none;
    this.#bytes = null;
    this.#kept = this.#length = this.#seen = 0;
  }

  /** Takes in one line, or what there is of it; says where it stopped. */
  collect(bytes: Uint8Array, start: number, end: number): number {
    let position = start;
    while (position < end && bytes[position] !== LF) position++;
    if (position < end) position++;
    this.#seen += position - start;
    if (this.#seen > TRAILER_LIMIT_BYTES) {
      this.fault = Fault.oversizedTrailer;
      return position;
    }
    const collected = this.#withRoomFor(position - start);
    for (let index = start; index < position; index++) collected[this.#length++] = bytes[index]!;
    if (bytes[position - 1] === LF) this.#takeLine(collected);
    return position;
  }

  /** The lines that go on, and the empty line that ends them. */
  kept(): Buffer {
    return this.#bytes!.subarray(0, this.#kept);
  }

  #withRoomFor(added: number): Buffer {
    const old = this.#bytes;
    if (old !== null && this.#length + added <= old.length) return old;
    const grown = Buffer.allocUnsafe(Math.max(256, 2 * (this.#length + added)));
    old?.copy(grown, 0, 0, this.#length);
    return (this.#bytes = grown);
  }

  #takeLine(collected: Buffer): void {
    const lineLength = this.#length - this.#kept;
    if (lineLength === 2 && collected[this.#kept] === CR) {
      this.over = true;
      this.#kept = this.#length;
      return;
    }
    const name = nameLengthOf(collected, this.#kept, this.#length);
    if (name === 0) {
      this.fault = Fault.malformedTrailer;
      return;
    }
    const fate = fateOf(collected, this.#kept, this.#kept + name);
    if (fate === Fate.refused) this.fault = Fault.forbiddenTrailer;
    else if (fate === Fate.dropped) this.#length = this.#kept;
    else this.#kept = this.#length;
  }
}

function fateOf(bytes: Uint8Array, start: number, end: number): number {
  let shared = 0;
  while (shared < OUR_PREFIX.length && TOKEN[bytes[start + shared]!] === OUR_PREFIX[shared]) shared++;
  if (shared === OUR_PREFIX.length) return Fate.refused;
  return TABLE.names[entryAt(TABLE, bytes, start, end)]!;
}

/** How long the name of the line is; 0 when it is no field line. `bytes[end - 1]` is an LF. */
function nameLengthOf(bytes: Uint8Array, start: number, end: number): number {
  let position = start;
  while (TOKEN[bytes[position]!] !== 0) position++;
  const length = position - start;
  if (bytes[position] !== COLON) return 0;
  position++;
  while (bytes[position] === SPACE || bytes[position] === TAB) position++;
  while (VALUE[bytes[position]!] !== 0) position++;
  return bytes[position] === CR && position === end - 2 ? length : 0;
}
