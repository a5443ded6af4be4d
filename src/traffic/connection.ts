import type { Socket } from 'node:net';
import type { Exchange as Asked } from '../model/outcome.ts';
import { copyOf } from './accepted.ts';
import { Exchange } from './exchange.ts';
import { type ClientSide, type Plane, poolFor } from './plane.ts';
import { Fault } from './wire/fault.ts';
import { Method } from './wire/head.ts';
import { findRequestEnd } from './wire/head-end.ts';
import { localAnswer } from './wire/local-answer.ts';
import { scanRequest } from './wire/request-head.ts';
import { dateLine } from './date.ts';
import type { TunnelEnds } from './tunnel.ts';
import type { UpstreamConnection } from './upstream-connection.ts';

/** What a connection tells the listener. */
export interface ConnectionOwner {
  closed(connection: Connection): void;
  /** The client left HTTP: its socket is the upgrade lane's from now on. */
  handOver(connection: Connection, ends: TunnelEnds): void;
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
 *   exchanging ──▶ handed-over: the upstream agreed to an upgrade; the socket is somebody else's for good
 */
export class Connection implements ClientSide {
  readonly peer: Buffer;
  deadlineMs: number;
  #state: State = 'awaiting';
  readonly #socket: Socket;
  readonly #plane: Plane;
  readonly #owner: ConnectionOwner;
  readonly #exchange: Exchange;
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
    this.#exchange = new Exchange(plane, this);
    this.peer = Buffer.from((socket.remoteAddress ?? 'unknown').replace(/^::ffff:/, ''));
    this.deadlineMs = plane.nowMs + plane.timeouts.keepAliveMs;
    socket.on('drain', () => this.#exchange.clientDrained());
    socket.on('end', () => this.#ended());
    socket.on('error', () => {});
    socket.on('close', () => this.#closed());
  }

  get isIdle(): boolean {
    return this.#state === 'awaiting';
  }

  /** The deadline has passed. */
  expire(): void {
    switch (this.#state) {
      case 'awaiting':
      case 'closing':
        this.#socket.destroy();
        return;
      case 'heading':
        this.#refuse(Fault.requestTimeout);
        return;
      case 'exchanging':
        this.#exchange.expire();
        return;
      case 'closed':
      case 'handed-over':
    }
  }

  /** At the end of the process: what is under way is lost. */
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
    let at = 0;
    if (this.#state === 'exchanging' && !this.#exchange.isRequestOver) {
      at = this.#exchange.takeBody(bytes, 0, end);
      if (at === end) return true;
    }
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
    return !this.#isReading && (this.#state === 'awaiting' || this.#state === 'heading');
  }

  /** Begins what stands in `#unread`, one request after the other, until one has to wait for its answer. */
  #readRequests(): void {
    while (this.#unread !== null && this.#mayBegin) {
      if (!this.#readRequest(this.#unread, this.#unread.length)) break;
    }
    if (this.#mayBegin && this.#unread === null && this.hasEnded) this.#close();
  }

  /** False when more bytes are needed. */
  #readRequest(bytes: Buffer, end: number): boolean {
    const { requestFacts: facts, requestNames, limits, timeouts, nowMs } = this.#plane;
    const headEnd = findRequestEnd(bytes, 0, this.#searched, end, limits.headBytes);
    if (headEnd === 0) {
      if (this.#state === 'awaiting') {
        this.#state = 'heading';
        this.deadlineMs = nowMs + timeouts.requestHeadMs;
      }
      this.#searched = end;
      return false;
    }
    this.#searched = 0;
    this.#unread = null;
    this.#isReading = true;
    const fault: Fault = headEnd < 0 ? (-headEnd as Fault) : scanRequest(bytes, 0, headEnd, facts, requestNames);
    if (fault !== Fault.none) this.#refuse(fault);
    else this.#begin(bytes, end);
    this.#isReading = false;
    return true;
  }

  #begin(bytes: Buffer, end: number): void {
    const { requestFacts: facts, table, route, observe, limits, isOverloaded } = this.#plane;
    this.#toHead = facts.method === Method.head;
    if (isOverloaded) return this.#refuse(Fault.overloaded);
    const routing = table.read();
    const choice = route(routing, bytes, facts);
    if (observe.inFlight(choice.side) >= limits.inFlight) {
      observe.refused();
      return this.#refuse(Fault.upstreamBusy);
    }
    this.#state = 'exchanging';
    const at = this.#exchange.begin(choice, poolFor(routing, choice.side), bytes, facts, end);
    if (at === end || this.#unread !== null) return;
    this.#unread = bytes === this.#plane.readBuffer ? copyOf(bytes, at, end) : bytes.subarray(at, end);
  }

  #ended(): void {
    this.hasEnded = true;
    if (this.#state === 'exchanging' && this.#exchange.isRequestOver) return this.#exchange.arm();
    if (this.#state === 'closing') this.#socket.destroy();
    else if (this.#state === 'exchanging') {
      // The rest of the body will never come.
      this.#exchange.abandon();
      this.cut(true);
    } else this.#close();
  }

  #closed(): void {
    if (this.#state === 'closed') return;
    const wasExchanging = this.#exchange.isActive;
    this.#state = 'closed';
    this.#unread = null;
    if (wasExchanging) this.#exchange.abandon();
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

  goOnReading(): void {
    if (this.#unread === null || this.#state !== 'exchanging') this.#socket.resume();
  }

  answerLocally(fault: Fault, closes: boolean): void {
    this.send(localAnswer(fault, closes, this.#toHead, dateLine(this.#plane.clock)));
    this.exchangeOver(!closes);
  }

  exchangeOver(keeps: boolean): void {
    if (!keeps || this.#socket.destroyed) return this.#close();
    this.#state = 'awaiting';
    this.deadlineMs = this.#plane.nowMs + this.#plane.timeouts.keepAliveMs;
    if (this.#socket.isPaused()) this.#socket.resume();
    if (this.#unread !== null || this.hasEnded) this.#readRequests();
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

  #refuse(fault: Fault): void {
    this.send(localAnswer(fault, true, this.#toHead, dateLine(this.#plane.clock)));
    this.#close();
  }

  /** Sends the FIN behind what is still to be sent, and listens on for a while. */
  #close(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closing';
    this.#unread = null;
    this.#discardedBytes = 0;
    this.deadlineMs = this.#plane.nowMs + LINGER_MS;
    this.#socket.end();
    if (this.hasEnded) return;
    if (this.#socket.isPaused()) this.#socket.resume();
  }
}
