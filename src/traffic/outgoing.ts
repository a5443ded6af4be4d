import { CANDIDATE } from '../model/upstream.ts';
import type { Plane } from './plane.ts';
import type { Pool } from './pool.ts';
import type { Choice } from './route.ts';
import type { Slab } from './slab.ts';
import { freshTraceparent } from './trace.ts';
import type { Borrower, UpstreamConnection } from './upstream-connection.ts';
import { Body } from './wire/body.ts';
import { Fault } from './wire/fault.ts';
import type { HeadFacts } from './wire/head.ts';
import { Framing, isSafe, Trace } from './wire/head.ts';
import { Name } from './wire/names.ts';
import { isOffer } from './wire/protocols.ts';
import { requestRoom, writeRequest } from './wire/write-request.ts';

const TRACEPARENT_BYTES = 55;
const NOTHING = Buffer.alloc(0);

/**
 * A request on its way up, and the connection it goes on: the head as the upstream gets it, the body as it comes, and
 * as much of both as is needed to send it once more.
 */
export class Outgoing {
  readonly body = new Body();
  /** Whether the upstream can take more. */
  hasRoom = true;
  /** The head as it was sent, and the first bytes of the body with it. */
  #head: Buffer = NOTHING;
  #slab: Slab | null = null;
  #pool: Pool | null = null;
  #upstream: UpstreamConnection | null = null;
  #wasRetried = false;
  /** Later pieces of the body, as long as they may have to be sent again. */
  readonly #kept: Buffer[] = [];
  #bodyBytes = 0;
  #keepsBytes = 0;
  #isSafe = false;
  /** Body bytes left with the head and are kept by nobody, so it cannot be sent again and needs no keeping either. */
  #isOnce = false;
  /** By the shield. */
  #isCovered = false;

  /** Where the traceparent stands in the head that was sent, which stays as it is. */
  traceBytes: Buffer = NOTHING;
  traceStart = 0;

  /**
   * Writes the head, and what has come of the body behind it, in one piece. Returns the position behind what belongs
   * to the request so far.
   */
  begin(plane: Plane, choice: Choice, bytes: Buffer, facts: HeadFacts, end: number): number {
    const { headSlab, shield, requestAdditions: additions, random } = plane;
    const { body } = this;
    const isShielded = shield !== null && choice.side === CANDIDATE && !choice.forced;
    if (isShielded) shield.earn();
    additions.upgrade = isOffer(facts);
    // An upgrade's refusal reaches the client as it is.
    this.#isCovered = isShielded && !additions.upgrade && shield.covers(facts.method, facts.has(Name.idempotencyKey));
    this.#keepsBytes = this.#isCovered ? shield!.bodyLimitBytes : 0;
    this.#isSafe = isSafe(facts.method);
    this.#kept.length = 0;
    this.#slab = plane.slab;
    if (facts.trace !== Trace.valid) additions.traceparent = freshTraceparent(headSlab, random);

    body.begin(facts.framing, facts.length);
    this.#isOnce = end > facts.end && !body.over && this.#keepsBytes === 0;
    const slab = this.#isOnce ? plane.slab : headSlab;
    slab.reserve(requestRoom(facts, additions) + (end - facts.end));
    const headEnd = writeRequest(slab.bytes, slab.start, bytes, facts, additions);
    let at = facts.end;
    let written = headEnd;
    if (at < end && !body.over) {
      at = body.advance(bytes, at, end);
      written += bytes.copy(slab.bytes, written, body.passStart, body.passEnd);
    }
    this.#bodyBytes = written - headEnd;
    this.#head = slab.keep(written);
    this.traceBytes = slab.bytes;
    this.traceStart = additions.traceStart;
    if (this.#isOnce) {
      this.traceBytes = headSlab.copy(slab.bytes, additions.traceStart, additions.traceStart + TRACEPARENT_BYTES);
      this.traceStart = 0;
    }
    return at;
  }

  /** Sends everything so far on a connection of this pool. */
  goTo(pool: Pool, borrower: Borrower): void {
    this.#pool = pool;
    this.#wasRetried = false;
    this.#sendOn(pool.lend(borrower));
  }

  /**
   * A kept connection may have gone stale, which says nothing about its upstream: once more, on a fresh one, where
   * that does no harm. The caller knows that no byte of an answer has come.
   */
  retry(borrower: Borrower): boolean {
    const upstream = this.#upstream;
    if (upstream === null || upstream.uses === 0 || this.#wasRetried) return false;
    if (!this.#isRepeatable && !upstream.isHeld) return false;
    this.#wasRetried = true;
    this.drop();
    this.#sendOn(this.#pool!.lendFresh(borrower));
    return true;
  }

  #sendOn(upstream: UpstreamConnection): void {
    this.#upstream = upstream;
    if (upstream.uses > 0 && !this.#isRepeatable) upstream.hold();
    this.hasRoom = upstream.write(this.#head);
    if (this.#isOnce && upstream.hasSentAll) this.#slab!.giveBack(this.#head);
    for (const piece of this.#kept) this.hasRoom = upstream.write(piece);
  }

  /** Sends more of the body. Returns the position behind it. */
  more(bytes: Buffer, start: number, end: number): number {
    let at = start;
    const { body } = this;
    while (at < end && !body.over && body.fault === Fault.none) {
      at = body.advance(bytes, at, end);
      if (body.passEnd > body.passStart) this.#send(bytes, body.passStart, body.passEnd);
    }
    if (body.over && body.tail !== null) this.#send(body.tail, 0, body.tail.length);
    return at;
  }

  /** The bytes are about to be overwritten, so what goes is a copy. */
  #send(bytes: Buffer, start: number, end: number): void {
    const piece = this.#slab!.copy(bytes, start, end);
    this.#bodyBytes += piece.length;
    const isKept = this.#upstream?.isHeld === true || this.#bodyBytes <= this.#keepsBytes;
    if (isKept) this.#kept.push(piece);
    if (this.#upstream === null) return;
    this.hasRoom = this.#upstream.write(piece);
    if (!isKept && this.#upstream.hasSentAll) this.#slab!.giveBack(piece);
  }

  /** It is over: nothing of it will be sent again. */
  forget(): void {
    this.#head = this.traceBytes = NOTHING;
    this.#kept.length = 0;
    this.body.begin(Framing.none, 0);
  }

  get isConnected(): boolean {
    return this.#upstream !== null && this.#upstream.isConnected;
  }

  /** Reads the answer again. */
  resume(): void {
    this.#upstream?.resume();
  }

  /** The connection can carry somebody else's request. */
  giveBack(nowMs: number, keepAliveSeconds: number): void {
    if (this.#upstream !== null) this.#pool?.giveBack(this.#upstream, nowMs, keepAliveSeconds);
    this.#upstream = null;
  }

  /** The connection has become somebody else's. */
  release(): UpstreamConnection {
    const upstream = this.#upstream!;
    this.#upstream = null;
    return upstream;
  }

  /** The connection is of no more use to anybody. */
  drop(): void {
    this.#upstream?.destroy();
    this.#upstream = null;
  }

  /** The shield covers it, and all of it has come and is still at hand. */
  get isReplayable(): boolean {
    return this.#isCovered && this.body.over && this.#bodyBytes <= this.#keepsBytes;
  }

  /** Sending it once more does no harm: nothing of its body was sent, or it only reads and all of it is at hand. */
  get #isRepeatable(): boolean {
    if (this.#isOnce) return false;
    return this.#bodyBytes === 0 || (this.#isSafe && this.#bodyBytes <= this.#keepsBytes);
  }
}
