/**
 * Where outgoing bytes are put together. Room is taken from slabs of 64 KiB, one after the other: what was handed to a
 * socket may still be waiting there, and a slab is freed by the garbage collector when its last piece has left. Larger
 * pieces get a slab of their own. Most pieces have left when the write returns, though, and their room is then used
 * again, so that a body of any size passes through one slab.
 */
const SLAB_BYTES = 65_536;

export class Slab {
  /** What was taken last, and where in it the piece begins. */
  bytes: Buffer = Buffer.allocUnsafeSlow(SLAB_BYTES);
  start = 0;
  #free = 0;

  /** Makes room for at most so many bytes at `bytes[start]`; only what `keep` says is used up. */
  reserve(maxBytes: number): void {
    if (this.#free + maxBytes > this.bytes.length) {
      this.bytes = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, maxBytes));
      this.#free = 0;
    }
    this.start = this.#free;
  }

  /** The piece from `start` to `end`, which is now somebody's. */
  keep(end: number): Buffer {
    this.#free = end;
    return this.bytes.subarray(this.start, end);
  }

  /** The piece that was kept last has left, and nobody holds it. */
  takeBack(): void {
    this.#free = this.start;
  }

  /** A copy of bytes that are about to be overwritten. */
  copy(source: Buffer, from: number, to: number): Buffer {
    this.reserve(to - from);
    source.copy(this.bytes, this.start, from, to);
    return this.keep(this.start + to - from);
  }
}
