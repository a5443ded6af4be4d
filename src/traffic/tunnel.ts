import type { Socket } from 'node:net';
import type { SideIndex } from '../model/upstream.ts';
import type { Plane } from './plane.ts';
import type { Borrower, UpstreamConnection } from './upstream-connection.ts';

/** Two sockets that have left HTTP: the upstream agreed to another protocol, and the client has been told so. */
export interface TunnelEnds {
  /** It has no listeners but for errors. */
  readonly client: Socket;
  readonly upstream: UpstreamConnection;
  /** What the client sent behind its request; it waited for the agreement. */
  readonly unread: Buffer | null;
  readonly side: SideIndex;
  /** When the request was sent to the upstream, on the monotonic clock. */
  readonly dispatchedAtMs: number;
}

/** How long what has been written may take to leave when a tunnel is ended from here. */
const FLUSH_MS = 2000;

/**
 * Bytes both ways, unread. Who has no room stops the reading on the other side, so that no more than a socket's
 * buffer waits here; each direction ends by itself, and the other goes on (half-close). When one side is lost, what
 * it sent still reaches the other, which is then closed too.
 */
export class Tunnel implements Borrower {
  readonly side: SideIndex;
  /** When it has been silent for too long, on the monotonic clock. */
  #silentAtMs: number;
  /** When it has to go because its upstream is no longer routed to. */
  #releasedAtMs = Number.POSITIVE_INFINITY;
  readonly #client: Socket;
  readonly #upstream: UpstreamConnection;
  readonly #plane: Plane;
  readonly #tunnelMs: number;
  readonly #onClosed: (tunnel: Tunnel) => void;
  #isClientOpen = true;
  #isUpstreamOpen = true;
  /** Nothing more is passed; what has been written leaves. */
  #isEnding = false;

  constructor(ends: TunnelEnds, plane: Plane, tunnelMs: number, onClosed: (tunnel: Tunnel) => void) {
    const { client, upstream, unread, side } = ends;
    this.side = side;
    this.#client = client;
    this.#upstream = upstream;
    this.#plane = plane;
    this.#tunnelMs = tunnelMs;
    this.#onClosed = onClosed;
    this.#silentAtMs = plane.nowMs + tunnelMs;
    upstream.lendTo(this);
    client.on('data', (bytes) => this.#send(bytes));
    client.on('drain', () => this.#upstream.resume());
    client.on('end', () => this.#upstream.end());
    client.on('close', () => this.#clientClosed());
    // A client may have said all it has to say before it knew that it would be heard.
    if (client.readableEnded) this.#upstream.end(unread);
    else if (unread === null) client.resume();
    else this.#send(unread);
  }

  get upstreamUrl(): string {
    return this.#upstream.address.url;
  }

  /** When `expire` is due. */
  get deadlineMs(): number {
    return Math.min(this.#silentAtMs, this.#releasedAtMs);
  }

  /** Whether it only lives out the time it was given. */
  get isReleased(): boolean {
    return this.#releasedAtMs < Number.POSITIVE_INFINITY;
  }

  /** It may live on for so long, and no longer. */
  release(afterMs: number): void {
    if (!this.#isEnding) this.#releasedAtMs = Math.min(this.#releasedAtMs, this.#plane.nowMs + afterMs);
  }

  /** Its upstream is routed to again. */
  keep(): void {
    this.#releasedAtMs = Number.POSITIVE_INFINITY;
  }

  /** The deadline has passed: what has been written may leave, but not for ever. */
  expire(): void {
    if (this.#isEnding) this.destroy();
    else this.#end();
  }

  /** At once; what has been written is lost. */
  destroy(): void {
    this.#isEnding = true;
    this.#upstream.destroy();
    this.#isUpstreamOpen = false;
    this.#client.destroy();
    if (!this.#isClientOpen) this.#onClosed(this);
  }

  #send(bytes: Buffer): void {
    if (this.#isEnding) return;
    this.#silentAtMs = this.#plane.nowMs + this.#tunnelMs;
    if (this.#upstream.write(bytes)) this.drained();
    else this.#client.pause();
  }

  #clientClosed(): void {
    this.#isClientOpen = false;
    if (this.#isUpstreamOpen) this.#end();
    else this.#onClosed(this);
  }

  #end(): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#releasedAtMs = Number.POSITIVE_INFINITY;
    this.#silentAtMs = this.#plane.nowMs + FLUSH_MS;
    this.#client.destroySoon();
    this.#upstream.destroySoon();
  }

  // What the upstream's connection tells.

  connected(): void {}

  received(bytes: Buffer, end: number): boolean {
    if (this.#isEnding) return true;
    this.#silentAtMs = this.#plane.nowMs + this.#tunnelMs;
    return this.#client.write(this.#plane.slab.copy(bytes, 0, end));
  }

  drained(): void {
    if (this.#client.isPaused()) this.#client.resume();
  }

  ended(): void {
    this.#client.end();
  }

  lost(): void {
    this.#isUpstreamOpen = false;
    if (this.#isClientOpen) this.#end();
    else this.#onClosed(this);
  }
}
