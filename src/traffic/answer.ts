import { Body } from './wire/body.ts';
import type { HeadFacts } from './wire/head.ts';
import { Framing, Method } from './wire/head.ts';
import { findAnswerEnd } from './wire/head-end.ts';
import { scanAnswer, scanWholeAnswer } from './wire/answer-head.ts';
import { agreesTo, offeredProtocols } from './wire/protocols.ts';
import { answerRoom, clientFraming, writeAnswer } from './wire/write-answer.ts';
import type { AnswerOwner, AnswerTools, Sink } from './answer-owner.ts';
import { CHUNK_END, CHUNK_START_LIMIT_BYTES, LAST_CHUNK, writeChunkStart } from './wire/writing.ts';

const HEAD_LIMIT_BYTES = 64 * 1024;
const INTERIM_LIMIT = 32;
const INTERIM_LIMIT_BYTES = 16 * 1024;
const CONTINUE = 100;
const SWITCHING_PROTOCOLS = 101;
const NO_LINES = Buffer.alloc(0);

/**
 * One answer on its way to the client: interim heads, the head, the body. Bytes come in whatever pieces the
 * upstream's socket yields and are copied out before `received` returns, head and first body bytes together.
 */
export class Answer {
  /** The final head has been read and sent. */
  isHeaded = false;
  /** Anything at all has come from the upstream. */
  hasBytes = false;
  /** Anything has been sent to the client, be it an interim answer. */
  isBegun = false;
  /** The upstream's connection can carry another exchange, as far as the answer decides that. */
  isReusable = false;
  /** From the upstream's `Keep-Alive`; -1 for nothing. */
  keepAliveSeconds = -1;

  readonly #tools: AnswerTools;
  readonly #owner: AnswerOwner;
  readonly #sink: Sink;
  readonly #body = new Body();
  #toHead = false;
  #clientMinorVersion = 1;
  #expectsContinue = false;
  /** The protocols to one of which the upstream may switch. */
  #offered: Buffer | null = null;
  /** The beginning of a head whose end has not come. */
  #partial: Buffer | null = null;
  #interims = 0;
  #interimBytes = 0;
  /** The upstream's body ends with its connection, and the client gets chunks. */
  #isWrapping = false;
  /** A client that sees its connection end can tell whether it has the whole answer. */
  isEndVisible = true;

  constructor(tools: AnswerTools, owner: AnswerOwner, sink: Sink) {
    this.#sink = sink;
    this.#tools = tools;
    this.#owner = owner;
  }

  /** Prepares for the answer to a request: to HEAD there is no body, and an HTTP/1.0 client knows no chunks. */
  begin(bytes: Buffer, facts: HeadFacts): void {
    this.#toHead = facts.method === Method.head;
    this.#clientMinorVersion = facts.minorVersion;
    this.#expectsContinue = facts.expectsContinue;
    this.#offered = offeredProtocols(bytes, facts);
    this.isBegun = false;
    this.again();
  }

  /** Forgets what came from an upstream that is asked no more: another one is. */
  again(): void {
    this.isHeaded = this.hasBytes = this.isReusable = false;
    this.#partial = null;
    this.#interims = this.#interimBytes = 0;
  }

  /** Takes what the upstream sent; false when the client has no room for more of a body that goes on. */
  received(bytes: Buffer, end: number): boolean {
    this.hasBytes = true;
    if (this.isHeaded) return this.#relay(bytes, 0, end);
    const partial = this.#partial;
    if (partial === null) {
      const { answerFacts: facts, answerNames } = this.#tools;
      const isWhole = scanWholeAnswer(bytes, end, HEAD_LIMIT_BYTES, facts, answerNames, this.#toHead);
      return isWhole && facts.status >= 200 ? this.#begin(bytes, facts.end, end) : this.#readHeads(bytes, 0, end);
    }
    this.#partial = null;
    const whole = Buffer.concat([partial, bytes.subarray(0, end)]);
    return this.#readHeads(whole, partial.length, whole.length);
  }

  /** Whether the end of the connection is the end of the body; sends what then belongs behind it. */
  endsWithConnection(): boolean {
    if (!this.isHeaded || this.#body.framing !== Framing.untilClose) return false;
    if (this.#isWrapping) this.#sink.send(LAST_CHUNK);
    return true;
  }

  #readHeads(bytes: Buffer, searched: number, end: number): boolean {
    const { answerFacts: facts, answerNames } = this.#tools;
    let start = 0;
    let from = searched;
    for (;;) {
      const headEnd = findAnswerEnd(bytes, start, from, end, HEAD_LIMIT_BYTES);
      if (headEnd === 0) {
        this.#partial = Buffer.from(bytes.subarray(start, end));
        return true;
      }
      if (headEnd < 0 || scanAnswer(bytes, start, headEnd, facts, answerNames, this.#toHead) !== 0)
        return this.#refuse();
      if (facts.status >= 200) return this.#begin(bytes, headEnd, end);
      if (facts.status === SWITCHING_PROTOCOLS) return this.#switch(bytes, headEnd, end);
      if (!this.#relayInterim(bytes, start, headEnd)) return this.#refuse();
      start = from = headEnd;
      if (start === end) return true;
    }
  }

  #refuse(): boolean {
    this.#owner.malformed();
    return true;
  }

  /** 100 is for those who asked, 102 and 103 for all but HTTP/1.0. What ends its connection is no interim answer. */
  #relayInterim(bytes: Buffer, start: number, headEnd: number): boolean {
    const { answerFacts: facts, answerAdditions: additions, slab } = this.#tools;
    this.#interims++;
    this.#interimBytes += headEnd - start;
    if (this.#interims > INTERIM_LIMIT || this.#interimBytes > INTERIM_LIMIT_BYTES) return false;
    if (!facts.persistent) return false;
    if (this.#clientMinorVersion === 0) return true;
    if (facts.status === CONTINUE && !this.#expectsContinue) return true;
    additions.framing = Framing.none;
    additions.connection = 0;
    additions.lines = NO_LINES;
    slab.reserve(answerRoom(facts, additions));
    this.isBegun = true;
    this.#sink.send(slab.keep(writeAnswer(slab.bytes, slab.start, bytes, facts, additions)));
    return true;
  }

  /** Nobody may be switched to what they did not ask for. Bytes behind the 101 belong to the new protocol already. */
  #switch(bytes: Buffer, headEnd: number, end: number): boolean {
    const { answerFacts: facts, answerAdditions: additions, slab } = this.#tools;
    if (this.#offered === null || !agreesTo(this.#offered, bytes, facts)) return this.#refuse();
    additions.framing = Framing.none;
    additions.connection = 0;
    additions.lines = this.#owner.linesFor(facts);
    additions.upgrade = true;
    slab.reserve(answerRoom(facts, additions) + (end - headEnd));
    let written = writeAnswer(slab.bytes, slab.start, bytes, facts, additions);
    written += bytes.copy(slab.bytes, written, headEnd, end);
    this.#sink.send(slab.keep(written));
    additions.upgrade = false;
    this.#owner.switched(facts);
    return true;
  }

  #begin(bytes: Buffer, headEnd: number, end: number): boolean {
    const { answerFacts: facts, answerAdditions: additions, slab } = this.#tools;
    const owner = this.#owner;
    if (!owner.headed(facts)) return true;
    const body = this.#body;
    additions.framing = clientFraming(facts.framing, this.#clientMinorVersion);
    additions.connection = owner.connectionLine(additions.framing);
    additions.lines = owner.linesFor(facts);
    body.begin(
      facts.framing,
      facts.length,
      facts.framing === Framing.chunked && additions.framing === Framing.untilClose,
    );
    this.#isWrapping = facts.framing === Framing.untilClose && additions.framing === Framing.chunked;
    this.isHeaded = this.isBegun = true;
    this.isEndVisible = additions.framing !== Framing.untilClose;
    this.isReusable = facts.persistent && facts.framing !== Framing.untilClose;
    this.keepAliveSeconds = facts.keepAliveSeconds;

    // Head and first body bytes leave together, so that most answers cost one write.
    slab.reserve(answerRoom(facts, additions) + (end - headEnd));
    let written = writeAnswer(slab.bytes, slab.start, bytes, facts, additions);
    let at = headEnd;
    if (at < end && !body.over && !this.#isWrapping) {
      at = body.advance(bytes, at, end);
      bytes.copy(slab.bytes, written, body.passStart, body.passEnd);
      written += body.passEnd - body.passStart;
    }
    const hasRoom = this.#sink.send(slab.keep(written));
    if (body.over || body.fault !== 0) return this.#finish(at < end);
    return at < end ? this.#relay(bytes, at, end) && hasRoom : hasRoom;
  }

  #relay(bytes: Buffer, start: number, end: number): boolean {
    const { slab } = this.#tools;
    const body = this.#body;
    let at = start;
    let hasRoom = true;
    do {
      at = body.advance(bytes, at, end);
      if (body.passEnd === body.passStart) continue;
      const piece = this.#isWrapping
        ? this.#wrapped(bytes, body.passStart, body.passEnd)
        : slab.copy(bytes, body.passStart, body.passEnd);
      hasRoom = this.#sink.send(piece);
    } while (at < end && !body.over && body.fault === 0);
    return body.over || body.fault !== 0 ? this.#finish(at < end) : hasRoom;
  }

  #wrapped(bytes: Buffer, start: number, end: number): Buffer {
    const { slab } = this.#tools;
    slab.reserve(end - start + CHUNK_START_LIMIT_BYTES + CHUNK_END.length);
    let written = writeChunkStart(slab.bytes, slab.start, end - start);
    written += bytes.copy(slab.bytes, written, start, end);
    written += CHUNK_END.copy(slab.bytes, written);
    return slab.keep(written);
  }

  /**
   * A surplus behind the body is discarded, and the connection it came on with it. Always true: the connection may be
   * somebody else's by now, and must go on reading.
   */
  #finish(hasSurplus: boolean): boolean {
    const body = this.#body;
    if (body.fault !== 0) return this.#refuse();
    if (body.tail !== null) this.#sink.send(body.tail);
    if (hasSurplus) this.isReusable = false;
    this.#owner.over();
    return true;
  }
}
