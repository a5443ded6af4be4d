import type { Socket } from 'node:net';
import { connect, isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Address } from '../model/upstream.ts';

/** Who has an upstream connection in use: the exchange whose request was written to it. */
export interface Borrower {
  /** Bytes of the answer, valid only until this returns. False stops reading until `resume`. */
  received(bytes: Buffer, end: number): boolean;
  /** Connected; until then what is written waits. */
  connected(): void;
  /** What was written has left; there is room for more. */
  drained(): void;
  /** The upstream will send no more. */
  ended(): void;
  /** The connection is gone; null when there was no error. */
  lost(error: NodeJS.ErrnoException | null): void;
}

/** What the pool wants to know of its connections. */
export interface Keeper {
  /** All connections read into this one buffer, one after the other. */
  readonly readBuffer: Buffer;
  /** A connection is gone and must not be lent again. */
  forget(connection: UpstreamConnection): void;
}

/**
 * One socket to an upstream. It moves bytes and knows nothing of HTTP; a sign of life while nobody has
 * borrowed it, be it bytes, FIN or error, ends it.
 */
export class UpstreamConnection {
  readonly address: Address;
  readonly socket: Socket;
  /** Exchanges before the present one; above 0 it may have gone stale. */
  uses = 0;
  isConnected = false;
  isGone = false;
  /** Nothing that was written for the present borrower has left. */
  isHeld = false;
  /** While idle: when to close it, on the monotonic clock. */
  idleUntilMs = 0;
  /** From when on it is not kept any more, on the same clock; null before it was kept for the first time. */
  liveUntilMs: number | null = null;
  #borrower: Borrower | null = null;
  #error: NodeJS.ErrnoException | null = null;
  readonly #keeper: Keeper;

  constructor(address: Address, keeper: Keeper) {
    this.address = address;
    this.#keeper = keeper;
    const onread = {
      buffer: keeper.readBuffer,
      callback: (count: number, bytes: Uint8Array): boolean => this.#read(bytes as Buffer, count),
    };
    this.socket = open(address, onread);
    this.socket.setNoDelay(true);
    this.socket.on(address.protocol === 'https:' ? 'secureConnect' : 'connect', () => {
      this.isConnected = true;
      this.#borrower?.connected();
    });
    this.socket.on('drain', () => this.#borrower?.drained());
    this.socket.on('end', () => {
      if (this.#borrower === null) this.destroy();
      else this.#borrower.ended();
    });
    this.socket.on('error', (error) => {
      this.#error = error;
    });
    this.socket.on('close', () => this.#closed());
  }

  /** A FIN that has arrived is known to the socket before its event has been told. */
  get isUsable(): boolean {
    const { socket } = this;
    return !this.isGone && !socket.destroyed && !socket.readableEnded && socket.writable && socket.writableLength === 0;
  }

  lendTo(borrower: Borrower): void {
    this.#borrower = borrower;
  }

  /** After this nothing of the connection reaches the borrower any more. */
  release(): void {
    this.#borrower = null;
    this.uses++;
  }

  /**
   * Lets what is written wait until the network has been asked once more. A FIN, or bytes that nobody asked for, may
   * lie there unread: then the connection is lost while it `isHeld`, and nothing has left. One turn of the event loop
   * is not enough, because the present one may have asked already.
   */
  hold(): void {
    this.isHeld = true;
    this.socket.cork();
    setImmediate(() => setImmediate(() => this.#letGo()));
  }

  #letGo(): void {
    if (this.isGone) return;
    this.isHeld = false;
    this.socket.uncork();
  }

  /** False when there is no room for more before `drained`. */
  write(bytes: Buffer): boolean {
    return this.socket.write(bytes);
  }

  /** Nothing that was written is still waiting here. */
  get hasSentAll(): boolean {
    return this.socket.writableLength === 0;
  }

  resume(): void {
    this.socket.resume();
  }

  pause(): void {
    this.socket.pause();
  }

  /** Sends the FIN behind what has been written, and listens on. */
  end(lastBytes: Buffer | null = null): void {
    if (lastBytes === null) this.socket.end();
    else this.socket.end(lastBytes);
  }

  /** Closes it once what has been written has left; the borrower hears of it. */
  destroySoon(): void {
    this.socket.destroySoon();
  }

  destroy(): void {
    this.#borrower = null;
    this.isGone = true;
    this.#keeper.forget(this);
    this.socket.destroy();
  }

  #read(bytes: Buffer, count: number): boolean {
    const borrower = this.#borrower;
    if (borrower !== null && !this.isHeld) return borrower.received(bytes, count);
    this.destroy();
    borrower?.lost(null);
    return false;
  }

  #closed(): void {
    this.isGone = true;
    this.#keeper.forget(this);
    const borrower = this.#borrower;
    this.#borrower = null;
    borrower?.lost(this.#error);
  }
}

interface OnRead {
  buffer: Buffer;
  callback(count: number, bytes: Uint8Array): boolean;
}

/** Half-open, because in a tunnel each direction ends by itself; an exchange destroys what has ended. */
function open(address: Address, onread: OnRead): Socket {
  switch (address.protocol) {
    case 'http:':
      return connect({ host: address.host, port: address.port, allowHalfOpen: true, onread });
    case 'unix:':
      return connect({ path: address.host, allowHalfOpen: true, onread });
    case 'https:': {
      const { host, port, ca } = address;
      // An IP address is no server name (RFC 6066 3); the certificate is held against the host then.
      const servername = address.serverName ?? (isIP(host) === 0 ? host : '');
      // The types lack `onread` for TLS; Node documents it.
      const trusted = ca === undefined ? {} : { ca };
      const options = { host, port, servername, allowHalfOpen: true, onread, ALPNProtocols: ['http/1.1'], ...trusted };
      return connectTls(options);
    }
  }
}
