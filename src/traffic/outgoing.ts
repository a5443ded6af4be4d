import type { Slab } from './slab.ts';
import type { UpstreamConnection } from './upstream-connection.ts';
import { Body } from './wire/body.ts';
import { Fault } from './wire/fault.ts';
import type { HeadFacts } from './wire/head.ts';
import { isSafe } from './wire/head.ts';
import type { RequestAdditions } from './wire/write-request.ts';
import { requestRoom, writeRequest } from './wire/write-request.ts';

const NOTHING = Buffer.alloc(0);

/**
 * A request on its way up: the head as the upstream gets it, the body as it comes, and as much of both as is
 * needed to send it once more.
 */
export class Outgoing {
  readonly body = new Body();
  /** Whether the upstream can take more. */
  hasRoom = true;
  /** The head as it was sent, and the first bytes of the body with it. */
  #head: Buffer = NOTHING;
  /** Later pieces of the body, as long as they may have to be sent again. */
  readonly #kept: Buffer[] = [];
  #bodyBytes = 0;
  #keepsBytes = 0;
  #isSafe = false;

  /**
   * Writes the head, and what has come of the body behind it, in one piece. Of the body, at most `keepsBytes` are
   * kept for another try. Returns the position behind what belongs to the request so far.
   */
  begin(
    slab: Slab,
    bytes: Buffer,
    facts: HeadFacts,
    additions: RequestAdditions,
    end: number,
    keepsBytes: number,
  ): number {
    const { body } = this;
    this.#kept.length = 0;
    this.#keepsBytes = keepsBytes;
    this.#isSafe = isSafe(facts.method);
    body.begin(facts.framing, facts.length);
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
    return at;
  }

  /** Sends everything so far to an upstream. */
  sendTo(upstream: UpstreamConnection): void {
    this.hasRoom = upstream.write(this.#head);
    for (const piece of this.#kept) this.hasRoom = upstream.write(piece);
  }

  /** Sends more of the body. Returns the position behind it. */
  more(upstream: UpstreamConnection | null, bytes: Buffer, start: number, end: number): number {
    const { body } = this;
    let at = start;
    while (at < end && !body.over && body.fault === Fault.none) {
      at = body.advance(bytes, at, end);
      if (body.passEnd > body.passStart) {
        this.#send(upstream, bytes.subarray(body.passStart, body.passEnd));
      }
    }
    if (body.over && body.tail !== null) this.#send(upstream, body.tail);
    return at;
  }

  #send(upstream: UpstreamConnection | null, piece: Buffer): void {
    this.#bodyBytes += piece.length;
    if (this.#bodyBytes <= this.#keepsBytes) this.#kept.push(piece);
    if (upstream !== null) this.hasRoom = upstream.write(piece);
  }

  /** All of the request has come and is still at hand. */
  get isAtHand(): boolean {
    return this.body.over && this.#bodyBytes <= this.#keepsBytes;
  }

  /** Sending it once more does no harm: it only reads, or nothing of its body was sent (wire.md, the keep-alive race). */
  get isRepeatable(): boolean {
    return this.#bodyBytes === 0 || (this.#isSafe && this.#bodyBytes <= this.#keepsBytes);
  }
}
