import type { Socket } from 'node:net';

/** What Node's parser gives back when the rest of its input is not HTTP any more. */
const NO_MORE_HTTP = 2;

/** Of Node's parser, what is not documented. */
interface Parser {
  onIncoming?: () => number;
  /** By number; `constructor` says which is called for each piece of a body. */
  [callback: number]: unknown;
  readonly constructor: { readonly kOnBody?: unknown };
}

/**
 * Closes a connection, and has its parser leave what it has already read. Node would parse it to its end: two thousand
 * requests in one read of 64 KiB, or ten thousand pieces of a body, which is 20 ms of the event loop. The way is not
 * documented; where it is gone one day, the connection is closed all the same.
 */
export function leave(socket: Socket & { readonly parser?: Parser | null }): void {
  if (socket.parser) stop(socket.parser, socket);
  socket.destroy();
}

function stop(parser: Parser, socket: Socket): void {
  if (typeof parser.onIncoming === 'function') parser.onIncoming = () => NO_MORE_HTTP;
  const { kOnBody } = parser.constructor;
  if (typeof kOnBody !== 'number') return;
  const onBody = parser[kOnBody];
  if (typeof onBody !== 'function') return;
  parser[kOnBody] = null;
  // Node keeps parsers for connections to come, and gives this one back in the moment of the close.
  socket.once('close', () => (parser[kOnBody] = onBody));
}
