/**
 * A body as it passes: one small state machine for the three framings, the same for both directions, that can be
 * interrupted at every byte. It copies nothing. For the bytes at hand it says which contiguous range goes on as it
 * is, so that most bodies cost one write per read, chunked or not:
 *
 *     let at = from
 *     do {
 *       at = body.advance(bytes, at, end)
 *       send(bytes, body.passStart, body.passEnd)           when the range is not empty
 *       if (body.fault !== 0) …cut
 *     } while (at < end && !body.over)
 *     if (body.over && body.tail !== null) send(body.tail)
 *     bytes from `at` on, when it is over, belong to the next message, or are surplus
 *
 * Canonical chunk lines pass as bytes. A chunk extension is a hole between two ranges, so that what goes on is
 * canonical again. Trailer lines are collected, judged one by one, and come out together as `tail`. With `unwrap`
 * only the content passes: that is how an HTTP/1.0 client gets a chunked answer.
 *
 * Source: RFC 9112 6 and 7.1. Stricter: no space in a chunk line, at most 16 digits, extensions and trailers of at
 * most 16 KiB a message.
 */
import { CR, HEX, LF, SEMICOLON } from './chars.ts';
import { Extension, extended, mayEnd } from './chunk-extension.ts';
import { Fault } from './fault.ts';
import { Framing } from './head.ts';
import { Trailer } from './trailer.ts';

const DIGIT_LIMIT = 16;
const EXTENSION_LIMIT_BYTES = 16 * 1024;

/** Where a chunked body stands; the names say what is expected next. */
const State = {
  size: 0,
  extension: 1,
  sizeReturn: 2,
  sizeLineFeed: 3,
  content: 4,
  contentReturn: 5,
  contentLineFeed: 6,
  trailerStart: 7,
  trailer: 8,
  lastLineFeed: 9,
} as const;

type State = (typeof State)[keyof typeof State];

/** By state: whether its bytes go on as they are. */
const PASSES_WRAPPED = Uint8Array.of(1, 0, 1, 1, 1, 1, 1, 1, 0, 1);
const PASSES_UNWRAPPED = Uint8Array.of(0, 0, 0, 0, 1, 0, 0, 0, 0, 0);

/** The state of one body, fixed shape, reused from message to message. */
export class Body {
  /** What the last step lets pass: a range of the bytes it was given, empty when both are equal. */
  passStart = 0;
  passEnd = 0;
  /** Whether the body is complete. Never by itself when it ends with the connection. */
  over = true;
  /** What is wrong with it, or 0. Nothing can be read after that. */
  fault: Fault = Fault.none;
  /** Trailer lines and the last empty line, to be sent when it is over; null when they have passed as bytes. */
  tail: Buffer | null = null;

  framing: Framing = Framing.none;
  /** Bytes of content still to come, of the whole body or of this chunk. */
  remaining = 0;
  /** Bytes of content that have come. */
  received = 0;

  #state: State = State.size;
  #passes = PASSES_WRAPPED;
  #digits = 0;
  #extension: Extension = Extension.none;
  #extensionBytes = 0;
  readonly #trailer = new Trailer();

  /** Prepares for the next message. `unwrap`: of a chunked body, let only the content pass. */
  begin(framing: Framing, length: number, unwrap = false): void {
    this.framing = framing;
    this.remaining = framing === Framing.length ? length : 0;
    this.received = 0;
    this.over = framing === Framing.none || (framing === Framing.length && length === 0);
    this.fault = Fault.none;
    this.tail = null;
    this.#state = State.size;
    this.#passes = unwrap ? PASSES_UNWRAPPED : PASSES_WRAPPED;
    this.#digits = 0;
    this.#extensionBytes = 0;
    this.#trailer.reset();
  }

  /**
   * Reads on at `start` until `end`, the end of the body, a fault, or a hole in what passes. Returns where it stopped;
   * call again from there while bytes are left and it is not over.
   */
  advance(bytes: Uint8Array, start: number, end: number): number {
    this.passStart = this.passEnd = start;
    if (this.over || this.fault !== Fault.none) return start;
    if (this.framing === Framing.chunked) return this.#advanceChunked(bytes, start, end);
    if (this.framing === Framing.untilClose) return this.#pass(start, end);
    const stop = this.#pass(start, Math.min(end, start + this.remaining));
    this.remaining -= stop - start;
    this.over = this.remaining === 0;
    return stop;
  }

  #pass(start: number, end: number): number {
    this.received += end - start;
    return (this.passEnd = end);
  }

  #advanceChunked(bytes: Uint8Array, start: number, end: number): number {
    let position = start;
    while (position < end && !this.over && this.fault === Fault.none) {
      const passes = this.#passes[this.#state] === 1;
      if (passes && this.passEnd !== position) {
        if (this.passEnd > this.passStart) break;
        this.passStart = position;
      }
      position = this.#step(bytes, position, end);
      if (passes) this.passEnd = position;
    }
    return position;
  }

  /** Reads what the state expects and says where it stopped. */
  #step(bytes: Uint8Array, position: number, end: number): number {
    switch (this.#state) {
      case State.size:
        return this.#readSize(bytes, position, end);
      case State.extension:
        return this.#skipExtension(bytes, position, end);
      case State.sizeReturn:
        return this.#expect(bytes, position, CR, State.sizeLineFeed);
      case State.sizeLineFeed:
        return this.#expect(bytes, position, LF, this.remaining === 0 ? State.trailerStart : State.content);
      case State.content: {
        const stop = Math.min(end, position + this.remaining);
        this.remaining -= stop - position;
        this.received += stop - position;
        if (this.remaining === 0) this.#state = State.contentReturn;
        return stop;
      }
      case State.contentReturn:
        return this.#expect(bytes, position, CR, State.contentLineFeed);
      case State.contentLineFeed:
        this.#digits = 0;
        return this.#expect(bytes, position, LF, State.size);
      case State.trailerStart:
        if (bytes[position] === CR) return this.#expect(bytes, position, CR, State.lastLineFeed);
        this.#state = State.trailer;
        return position;
      case State.trailer:
        return this.#readTrailer(bytes, position, end);
      case State.lastLineFeed:
        this.over = bytes[position] === LF;
        return this.#expect(bytes, position, LF, State.lastLineFeed);
    }
  }

  #expect(bytes: Uint8Array, position: number, byte: number, next: State): number {
    if (bytes[position] !== byte) return this.#fail(Fault.malformedChunk, position);
    this.#state = next;
    return position + 1;
  }

  #fail(fault: Fault, position: number): number {
    this.fault = fault;
    return position;
  }

  #readSize(bytes: Uint8Array, start: number, end: number): number {
    let position = start;
    for (; position < end; position++) {
      const digit = HEX[bytes[position]!]!;
      if (digit === 255) break;
      this.remaining = this.remaining * 16 + digit;
      if (++this.#digits > DIGIT_LIMIT || this.remaining > Number.MAX_SAFE_INTEGER) {
        return this.#fail(Fault.malformedChunk, position);
      }
    }
    if (position === end) return position;
    if (this.#digits > 0 && bytes[position] === SEMICOLON) {
      this.#state = State.extension;
      this.#extension = Extension.none;
      return position;
    }
    return this.#digits === 0
      ? this.#fail(Fault.malformedChunk, position)
      : this.#expect(bytes, position, CR, State.sizeLineFeed);
  }

  #skipExtension(bytes: Uint8Array, start: number, end: number): number {
    let position = start;
    while (position < end && bytes[position] !== CR && this.#extension !== Extension.malformed) {
      this.#extension = extended(this.#extension, bytes[position++]!);
    }
    this.#extensionBytes += position - start;
    if (this.#extensionBytes > EXTENSION_LIMIT_BYTES) return this.#fail(Fault.oversizedExtensions, position);
    if (this.#extension === Extension.malformed) return this.#fail(Fault.malformedChunk, position);
    if (position === end) return position;
    if (!mayEnd(this.#extension)) return this.#fail(Fault.malformedChunk, position);
    this.#state = State.sizeReturn;
    return position;
  }

  #readTrailer(bytes: Uint8Array, start: number, end: number): number {
    const stop = this.#trailer.collect(bytes, start, end);
    this.fault = this.#trailer.fault;
    if (!this.#trailer.over) return stop;
    this.over = true;
    if (this.#passes === PASSES_WRAPPED) this.tail = this.#trailer.kept();
    return stop;
  }
}
