import type { Socket } from 'node:net';
import type { Exchange as Asked } from '../model/outcome.ts';
import type { Refusal } from '../model/tally.ts';
import { copyOf } from './accepted.ts';
import type { ConnectionOwner } from './connection-owner.ts';
import { Exchange } from './exchange.ts';
import { peerOf } from './peer.ts';
import { type ClientSide, type Plane, poolFor } from './plane.ts';
import { Fault } from './wire/fault.ts';
import { Method } from './wire/head.ts';
import { findRequestEnd } from './wire/head-end.ts';
import { localAnswer } from './wire/local-answer.ts';
import { scanRequest, scanWholeRequest } from './wire/request-head.ts';
import { dateLine } from './date.ts';
import type { UpstreamConnection } from './upstream-connection.ts';

type State = 'awaiting' | 'heading' | 'exchanging' | 'closing' | 'closed' | 'handed-over';

/** How long and how much a closing connection still listens, so that its last answer is not reset away (RFC 9112 9.6). */
const LINGER_MS = 2000;
const LINGER_BYTES = 1024 * 1024;

/**
 * One client's connection. Each state has its own deadline, armed on entry; what ends it is told beside the edge.
 *
 *              first byte              head complete
 *   awaiting ─────────────▶ heading ──────────────────▶ exchanging ──▶ awaiting, when both keep the connection
 *      │ keepAlive: closed     │ requestHead: 408           │ see exchange.ts
 *      │ FIN: closed           │ doubtful: 4xx, 5xx         │ last answer sent, or one made here
 *      ▼                       ▼                            ▼
 *   closed ◀───────────────── closing: half-closed; reads on for a while and drops what it reads
 *
 *   exchanging ──▶ handed-over: the upstream agreed to an upgrade; the socket is somebody else's for good
 */
export class Connection implements ClientSide {
  deadlineMs: number;
  #state: State = 'awaiting';
  readonly #socket: Socket;
  readonly #plane: Plane;
  readonly #owner: ConnectionOwner;
  /** Made for the first request: thousands of connections may never send one. */
  #exchange: Exchange | null = null;
  /** Bytes not yet understood: the beginning of a head, or requests that wait for their turn. */
  #unread: Buffer | null = null;
  /** How much of `#unread` has been searched for the end of a head. */
  #searched = 0;
  hasEnded = false;
  #isReading = false;
  #toHead = false;
  #discardedBytes = 0;

  constructor(socket: Socket, plane: Plane, owner: ConnectionOwner) {
    [this.#socket, this.#plane, this.#owner] = [socket, plane, owner];
    this.deadlineMs = plane.nowMs + plane.timeouts.keepAliveMs;
    socket.on('drain', () => this.#drained());
    socket.on('end', () => this.#ended());
    socket.on('error', () => {});
    socket.on('close', () => this.#closed());
  }

  get isIdle(): boolean {
    return this.#state === 'awaiting' && this.#socket.writableLength === 0;
  }

  /** The deadline has passed. */
  expire(): void {
    if (this.#state === 'heading') this.#refuse(Fault.requestTimeout, 'head');
    else if (this.#state === 'exchanging') this.#exchange!.expire();
    else if (this.#state !== 'handed-over') this.#socket.destroy();
  }

  /** At the end of the process. */
  destroy(): void {
    this.#socket.destroy();
  }

  /** Takes what the client sent, most often one whole request, valid only until this returns. False: read no more. */
  read(bytes: Buffer, end: number): boolean {
    if (this.#state === 'handed-over') return this.#socket.push(copyOf(bytes, 0, end));
    if (this.#state === 'closing') {
      this.#discardedBytes += end;
      if (this.#discardedBytes > LINGER_BYTES) this.#socket.destroy();
      return true;
    }
    const isBody = this.#state === 'exchanging' && !this.#exchange!.isRequestOver;
    const at = isBody ? this.#exchange!.takeBody(bytes, 0, end) : 0;
    if (at === end) return true;
    if (at === 0 && this.#unread === null && this.#mayBegin && this.#readRequest(bytes, end)) {
      if (this.#unread !== null) this.#readRequests();
      return true;
    }
    const rest = copyOf(bytes, at, end);
    this.#unread = this.#unread === null ? rest : Buffer.concat([this.#unread, rest]);
    if (this.#state === 'exchanging') this.stopReading();
    else this.#readRequests();
    return true;
  }

  get #mayBegin(): boolean {
    if (this.#isReading || this.#socket.writableNeedDrain) return false;
    return this.#state === 'awaiting' || this.#state === 'heading';
  }

  /** Begins what stands in `#unread`, one request after the other, until one has to wait for its answer. */
  #readRequests(): void {
    while (this.#unread !== null && this.#mayBegin) {
      if (!this.#readRequest(this.#unread, this.#unread.length)) break;
    }
    // What is unread then is half a head; the other half will never come.
    if (this.#mayBegin && this.hasEnded) this.#close();
  }

  /** False when more bytes are needed. */
  #readRequest(bytes: Buffer, end: number): boolean {
    const { requestFacts: facts, requestNames, limits, timeouts, nowMs, readBuffer } = this.#plane;
    let fault: Fault = Fault.none;
    if (bytes !== readBuffer || !scanWholeRequest(bytes, end, limits.headBytes, facts, requestNames)) {
      const headEnd = findRequestEnd(bytes, 0, this.#searched, end, limits.headBytes);
      if (headEnd === 0) {
        if (this.#state === 'awaiting') {
          this.#state = 'heading';
          this.deadlineMs = nowMs + timeouts.requestHeadMs;
        }
        this.#searched = end;
        return false;
      }
      if (headEnd < 0) facts.reset();
      fault = headEnd < 0 ? (-headEnd as Fault) : scanRequest(bytes, 0, headEnd, facts, requestNames);
    }
    this.#searched = 0;
    this.#unread = null;
    this.#isReading = true;
    this.#toHead = facts.method === Method.head;
    if (fault !== Fault.none) this.#refuse(fault, 'head');
    else this.#begin(bytes, end);
    this.#isReading = false;
    return true;
  }

  #begin(bytes: Buffer, end: number): void {
    const { requestFacts: facts, table, route, observe, limits, isOverloaded } = this.#plane;
    if (isOverloaded) return this.#refuse(Fault.overloaded, 'overloaded');
    const routing = table.read();
    const choice = route(routing, bytes, facts);
    if (observe.inFlight(choice.side) >= limits.inFlight) return this.#refuse(Fault.upstreamBusy, 'busy');
    this.#state = 'exchanging';
    this.#exchange ??= new Exchange(this.#plane, this, peerOf(this.#socket));
    const at = this.#exchange.begin(choice, poolFor(routing, choice.side), bytes, facts, end);
    if (at < end && this.#unread === null) {
      this.#unread = bytes === this.#plane.readBuffer ? copyOf(bytes, at, end) : bytes.subarray(at, end);
    }
    this.goOnReading();
  }

  /** Nobody is asked; the answer is made here. */
  #refuse(fault: Fault, why: Refusal): void {
    this.#plane.observe.refused(why);
    this.answerLocally(fault, true);
  }

  #drained(): void {
    if (this.#exchange?.isActive === true) this.#exchange.clientDrained();
    else if (this.#state === 'awaiting') this.exchangeOver(true);
  }

  #ended(): void {
    this.hasEnded = true;
    if (this.#state === 'closing') return void this.#socket.destroy();
    if (this.#state !== 'exchanging') return this.#close();
    if (this.#exchange!.isRequestOver) return this.#exchange!.arm();
    // The rest of the body will never come.
    this.#exchange!.abandon();
    this.cut(true);
  }

  #closed(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#unread = null;
    if (this.#exchange?.isActive === true) this.#exchange.abandon();
    this.#owner.closed(this);
  }

  // What the exchange asks for.

  send(bytes: Buffer): boolean {
    const hasRoom = this.#socket.write(bytes);
    if (this.#socket.writableLength === 0) this.#plane.slab.giveBack(bytes);
    return hasRoom;
  }

  stopReading(): void {
    this.#socket.pause();
  }

  /** Not while what has been read waits for its turn, or the upstream has no room for it. */
  goOnReading(): void {
    if (!this.#socket.isPaused() || this.#state === 'handed-over') return;
    const mustWait = this.#state === 'exchanging' && (this.#unread !== null || this.#exchange!.isClientPaused);
    if (!mustWait) this.#socket.resume();
  }

  answerLocally(fault: Fault, closes: boolean): void {
    this.send(localAnswer(fault, closes, this.#toHead, dateLine(this.#plane.clock)));
    this.exchangeOver(!closes);
  }

  exchangeOver(keeps: boolean): void {
    if (!keeps || this.#socket.destroyed) return this.#close();
    // Who asks on and on without reading what is answered would fill the memory with answers.
    const mustDrain = this.#socket.writableNeedDrain;
    [this.#state, this.#toHead] = ['awaiting', false];
    const { bodyMs, keepAliveMs } = this.#plane.timeouts;
    this.deadlineMs = this.#plane.nowMs + (mustDrain ? bodyMs : keepAliveMs);
    if (mustDrain) return this.stopReading();
    if (this.#unread !== null || this.hasEnded) this.#readRequests();
    this.goOnReading();
  }

  handOver(upstream: UpstreamConnection, { side, dispatchedAtMs }: Asked): void {
    const [client, unread] = [this.#socket, this.#unread];
    this.#state = 'handed-over';
    this.#unread = null;
    for (const event of ['drain', 'end', 'close']) client.removeAllListeners(event);
    this.#owner.handOver(this, { client, upstream, unread, side, dispatchedAtMs });
  }

  cut(isEndVisible: boolean): void {
    this.#state = 'closing';
    if (isEndVisible) this.#socket.destroy();
    else this.#socket.resetAndDestroy();
  }

  /** Sends the FIN behind what is still to be sent, and listens on for a while. */
  #close(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closing';
    this.#unread = null;
    this.deadlineMs = this.#plane.nowMs + this.#plane.timeouts.bodyMs;
    // A slow reader is still owed what waits here; the lingering begins behind it.
    this.#socket.end(() => {
      this.deadlineMs = this.#plane.nowMs + LINGER_MS;
    });
    this.goOnReading();
  }
}
