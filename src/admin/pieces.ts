import type { Request, Response } from 'express';
import { createTurns } from '../support/turns.ts';

/**
 * A long list as an answer, a few of its items at a time. A thousand events of a long plan are 50 MB: as one text they
 * would hold up the event loop, on which the traffic turns too, for a quarter of a second, and as many copies of them
 * would lie in memory as there are readers who are slow. So nobody gets a piece before the last one has left, and all
 * readers together get one piece in a turn of the loop.
 */
const PIECE_BYTES = 32_768;

const nextTurn = createTurns();

/** `{"<key>":[…]}`. Resolves when all of it is on its way, or nobody is there any more. */
export async function sendPieces(
  { method }: Request,
  response: Response,
  key: string,
  items: readonly object[],
): Promise<void> {
  response.type('application/json');
  if (method === 'HEAD') return void response.end();
  for (const piece of piecesOf(key, items)) {
    await nextTurn();
    if (response.destroyed) return;
    if (!response.write(piece)) await drained(response);
  }
  response.end();
}

function* piecesOf(key: string, items: readonly object[]): Generator<string> {
  let piece = `{${JSON.stringify(key)}:[`;
  for (const [index, item] of items.entries()) {
    piece += `${index === 0 ? '' : ','}${JSON.stringify(item)}`;
    if (piece.length < PIECE_BYTES) continue;
    yield piece;
    piece = '';
  }
  yield `${piece}]}`;
}

function drained(response: Response): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const end = (): void => {
    response.off('drain', end);
    response.off('close', end);
    resolve();
  };
  response.on('drain', end);
  response.on('close', end);
  if (response.destroyed) end();
  return promise;
}
