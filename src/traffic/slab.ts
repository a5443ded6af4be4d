/**
 * Where outgoing bytes are put together. Room is taken from slabs, one after the other; what was handed to a socket
 * may still be waiting there, so a slab is freed by the garbage collector when its last piece has left. But most
 * writes reach the kernel before they return: then the sender gives the piece back, and its room is used again.
 * Larger pieces than a slab get one of their own.
 */
export class Slab {
  /** What was taken last, and where in it the piece begins. */
  bytes: Buffer;
  start = 0;
  #free = 0;
  readonly #sizeBytes: number;

  constructor(sizeBytes: number) {
    this.#sizeBytes = sizeBytes;
    this.bytes = Buffer.allocUnsafeSlow(sizeBytes);
  }

  /** Makes room for at most so many bytes at `bytes[start]`; only what `keep` says is used up. */
  reserve(maxBytes: number): void {
    if (this.#free + maxBytes > this.bytes.length) {
      this.bytes = Buffer.allocUnsafeSlow(Math.max(this.#sizeBytes, maxBytes));
      this.#free = 0;
    }
    this.start = this.#free;
  }

  /** The piece from `start` to `end`, which is now somebody's. */
  keep(end: number): Buffer {
    this.#free = end;
    return this.bytes.subarray(this.start, end);
  }

  /** Nobody needs this piece any more; its room is free again if it was the last one taken. */
  giveBack(piece: Buffer): void {
    if (piece.byteOffset === this.start && piece.buffer === this.bytes.buffer) this.#free = this.start;
  }

  /** A copy of bytes that are about to be overwritten. */
  copy(source: Buffer, from: number, to: number): Buffer {
    this.reserve(to - from);
    source.copy(this.bytes, this.start, from, to);
    return this.keep(this.start + to - from);
  }
}
