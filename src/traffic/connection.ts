import type { Socket } from 'node:net';
import { Exchange } from './exchange.ts';
import { peerOf } from './peer.ts';
import type { ClientSide, Plane } from './plane.ts';
import { poolFor } from './plane.ts';
import { Fault } from './wire/fault.ts';
import { Framing, Method } from './wire/head.ts';
import { findRequestEnd } from './wire/head-end.ts';
import { localAnswer } from './wire/local-answer.ts';
import { scanRequest } from './wire/request-head.ts';
import { dateLine } from './date.ts';

/** What a connection tells the listener. */
export interface ConnectionOwner {
  closed(connection: Connection): void;
  /** The request wants to leave HTTP: the socket is the upgrade lane's from now on. `unread` begins with the request. */
  handOver(socket: Socket, unread: Buffer): void;
}

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
 *   heading ──▶ handed-over: an upgrade; the socket is somebody else's for good
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
    this.#socket = socket;
    this.#plane = plane;
    this.#owner = owner;
    this.deadlineMs = plane.nowMs + plane.timeouts.keepAliveMs;
    socket.on('data', (bytes) => this.#read(bytes));
    socket.on('drain', () => this.#drained());
    socket.on('end', () => this.#ended());
    socket.on('error', () => {});
    socket.on('close', () => this.#closed());
  }

  get isIdle(): boolean {
    return this.#state === 'awaiting' && this.hasSentAll;
  }

  /** The deadline has passed. */
  expire(): void {
    switch (this.#state) {
      case 'awaiting':
      case 'closing':
        this.#socket.destroy();
        return;
      case 'heading':
        this.answerLocally(Fault.requestTimeout, true);
        return;
      case 'exchanging':
        this.#exchange!.expire();
        return;
      case 'closed':
      case 'handed-over':
    }
  }

  /** At the end of the process: what is under way is lost. */
  destroy(): void {
    this.#socket.destroy();
  }

  #read(bytes: Buffer): void {
    if (this.#state === 'closing') {
      this.#discardedBytes += bytes.length;
      if (this.#discardedBytes > LINGER_BYTES) this.#socket.destroy();
      return;
    }
    let at = 0;
    if (this.#state === 'exchanging' && !this.#exchange!.isRequestOver) {
      at = this.#exchange!.takeBody(bytes, 0, bytes.length);
      if (at === bytes.length) return;
    }
    const rest = at === 0 ? bytes : bytes.subarray(at);
    this.#unread = this.#unread === null ? rest : Buffer.concat([this.#unread, rest]);
    if (this.#state === 'exchanging') this.stopReading();
    else this.#readRequests();
  }

  /** Begins what stands in `#unread`, one request after the other, until one has to wait for its answer. */
  #readRequests(): void {
    if (this.#isReading) return;
    this.#isReading = true;
    while (this.#unread !== null && (this.#state === 'awaiting' || this.#state === 'heading')) {
      if (this.#socket.writableNeedDrain || !this.#readRequest(this.#unread)) break;
    }
    this.#isReading = false;
    if (this.#state === 'awaiting' && this.#unread === null && this.hasEnded) this.#close();
  }

  /** False when more bytes are needed. */
  #readRequest(bytes: Buffer): boolean {
    const { requestFacts: facts, requestNames, limits, timeouts, nowMs } = this.#plane;
    const headEnd = findRequestEnd(bytes, 0, this.#searched, bytes.length, limits.headBytes);
    if (headEnd === 0) {
      if (this.#state === 'awaiting') {
        this.#state = 'heading';
        this.deadlineMs = nowMs + timeouts.requestHeadMs;
      }
      this.#searched = bytes.length;
      return false;
    }
    this.#searched = 0;
    this.#unread = null;
    const fault: Fault = headEnd < 0 ? (-headEnd as Fault) : scanRequest(bytes, 0, headEnd, facts, requestNames);
    if (fault !== Fault.none) this.answerLocally(fault, true);
    else this.#begin(bytes);
    return true;
  }

  #begin(bytes: Buffer): void {
    const { requestFacts: facts, table, route, observe, limits, isOverloaded } = this.#plane;
    this.#toHead = facts.method === Method.head;
    if (isOverloaded) return this.answerLocally(Fault.overloaded, true);
    if (facts.upgrade && facts.framing === Framing.none) return this.#handOver(bytes);
    const routing = table.read();
    const choice = route(routing, bytes, facts);
    if (observe.inFlight(choice.side) >= limits.inFlight) {
      observe.refused();
      return this.answerLocally(Fault.upstreamBusy, true);
    }
    this.#state = 'exchanging';
    this.#exchange ??= new Exchange(this.#plane, this, peerOf(this.#socket));
    const at = this.#exchange.begin(choice, poolFor(routing, choice.side), bytes, facts, bytes.length);
    if (at < bytes.length && this.#unread === null) this.#unread = bytes.subarray(at);
    this.goOnReading();
  }

  #handOver(bytes: Buffer): void {
    const socket = this.#socket;
    this.#state = 'handed-over';
    this.deadlineMs = Number.POSITIVE_INFINITY;
    for (const event of ['data', 'drain', 'end', 'close']) socket.removeAllListeners(event);
    socket.pause();
    this.#owner.closed(this);
    this.#owner.handOver(socket, bytes);
  }

  #drained(): void {
    if (this.#exchange?.isActive === true) this.#exchange.clientDrained();
    else if (this.#state === 'awaiting') this.exchangeOver(true);
  }

  #ended(): void {
    this.hasEnded = true;
    if (this.#state === 'exchanging' && this.#exchange!.isRequestOver) return this.#exchange!.arm();
    if (this.#state === 'closing') this.#socket.destroy();
    else if (this.#state === 'exchanging') {
      // The rest of the body will never come.
      this.#exchange!.abandon();
      this.cut(true);
    } else this.#close();
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
    return this.#socket.write(bytes);
  }

  get hasSentAll(): boolean {
    return this.#socket.writableLength === 0;
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
    const { nowMs, timeouts } = this.#plane;
    // Who asks on and on without reading what is answered would fill the memory with answers.
    const mustDrain = this.#socket.writableNeedDrain;
    this.#state = 'awaiting';
    this.deadlineMs = nowMs + (mustDrain ? timeouts.bodyMs : timeouts.keepAliveMs);
    if (mustDrain) return this.stopReading();
    if (this.#unread !== null || this.hasEnded) this.#readRequests();
    this.goOnReading();
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
