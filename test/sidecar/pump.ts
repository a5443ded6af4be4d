import type { Writable } from 'node:stream';

const PART = Buffer.alloc(64 * 1024, 'x');

/** Writes until it is told to wait, goes on when it may, and so never holds more than a part. */
export function pump(
  sink: Writable,
  totalBytes: number,
  done: () => void = () => {},
): { readonly writtenBytes: () => number } {
  let writtenBytes = 0;
  function write(): void {
    while (writtenBytes < totalBytes) {
      writtenBytes += PART.length;
      if (!sink.write(PART)) return;
    }
    sink.off('drain', write);
    done();
  }
  sink.on('drain', write);
  sink.on('error', () => undefined);
  write();
  return { writtenBytes: () => writtenBytes };
}
