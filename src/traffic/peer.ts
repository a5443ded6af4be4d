import type { Socket } from 'node:net';

/** The client's address, as it goes into X-Forwarded-For: in memory of its own, or it would keep a whole pool's alive. */
export function peerOf(socket: Socket): Buffer {
  const text = (socket.remoteAddress ?? 'unknown').replace(/^::ffff:/, '');
  return Buffer.alloc(text.length, text, 'latin1');
}
