import type { IncomingMessage, ServerResponse } from 'node:http';
import { leave } from './leave.ts';

/**
 * What a request's body may cost, whoever reads it, or nobody.
 *
 * A body that nobody has read when the answer is out would be swallowed by Node to its end, as fast as it comes: some
 * clients that send without end hold up every turn of the event loop for 50 ms. And a chunked one costs by its pieces and
 * not by its bytes: in pieces of one byte, a single client that sends one megabyte a second takes the whole loop.
 */
export function boundBody(request: IncomingMessage, response: ServerResponse, mostBytes: number): void {
  const { headers } = request;
  const isChunked = headers['transfer-encoding'] !== undefined;
  if (!isChunked && Number(headers['content-length'] ?? 0) <= mostBytes) return;
  if (isChunked) boundPieces(request);
  response.once('finish', () => {
    if (!request.complete) request.socket.destroySoon();
  });
}

/** So many may be of any size, and beyond them one for so many bytes. */
const FREE_PIECES = 256;
const BYTES_A_PIECE = 256;

function boundPieces(request: IncomingMessage): void {
  const push = request.push.bind(request);
  let pieces = 0;
  let sizeBytes = 0;
  request.push = (piece: Buffer | null, encoding?: BufferEncoding): boolean => {
    pieces += 1;
    sizeBytes += piece?.length ?? 0;
    if (pieces <= FREE_PIECES + sizeBytes / BYTES_A_PIECE) return push(piece, encoding);
    leave(request.socket);
    return false;
  };
}
