import type { IncomingMessage } from 'node:http';
import type { ProblemCode } from './problems.ts';
import { messageOf } from '../support/message.ts';
import { createTurns } from '../support/turns.ts';

/**
 * Reads a request body as JSON, by hand, because a ready-made parser first swallows a refused body to
 * its end, however long, and inflates compressed ones.
 */
export const MAX_BODY_BYTES = 64 * 1024;

/** How much of a refused body is read and thrown away, so that a client still writing gets its answer and no reset. */
export const MAX_DISCARDED_BYTES = 16 * 1024 * 1024;

export type Read = { readonly value: unknown } | { readonly problem: ProblemCode; readonly detail: string };

/** The body; an empty one reads as an object without keys, so that a bare rollback needs no body. */
export async function readJson(request: IncomingMessage): Promise<Read> {
  const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = request.headers;
  if (!/^application\/json\s*(?:;\s*charset="?utf-8"?\s*)?$/i.test(type.trim())) {
    const detail = `expected Content-Type: application/json, got ${type === '' ? 'none' : `"${type}"`}`;
    return { problem: 'unsupported-media-type', detail };
  }
  if (encoding.toLowerCase() !== 'identity') {
    return { problem: 'unsupported-media-type', detail: `expected no Content-Encoding, got "${encoding}"` };
  }
  const bytes = await readBytes(request);
  if (bytes === null) {
    return { problem: 'body-too-large', detail: `expected a body of at most ${MAX_BODY_BYTES} bytes, got more` };
  }
  return parseJson(bytes);
}

const nextTurn = createTurns();

/**
 * Resolves when the rest of the body has been thrown away, or so much of it that the connection should close. All who
 * send what nobody wants get rid of one piece of it in a turn of the event loop, for the loop carries the traffic too.
 */
export function discardRest(request: IncomingMessage): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let discardedBytes = 0;
  const readOn = (): void => void nextTurn().then(() => request.resume());
  request.on('data', (chunk: Buffer) => {
    discardedBytes += chunk.length;
    if (discardedBytes > MAX_DISCARDED_BYTES) return resolve();
    request.pause();
    readOn();
  });
  request.once('close', resolve);
  request.once('end', resolve);
  request.pause();
  readOn();
  if (request.readableEnded || request.destroyed) resolve();
  return promise;
}

/** All bytes, or null as soon as there are, or are going to be, too many. */
function readBytes(request: IncomingMessage): Promise<Buffer | null> {
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) return Promise.resolve(null);
  const { promise, resolve, reject } = Promise.withResolvers<Buffer | null>();
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  const onData = (chunk: Buffer): void => {
    sizeBytes += chunk.length;
    if (sizeBytes <= MAX_BODY_BYTES) {
      chunks.push(chunk);
      return;
    }
    request.off('data', onData);
    request.pause();
    resolve(null);
  };
  request.on('data', onData);
  request.once('end', () => resolve(Buffer.concat(chunks)));
  request.once('error', reject);
  return promise;
}

function parseJson(bytes: Buffer): Read {
  if (bytes.length === 0) return { value: {} };
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return { problem: 'malformed-json', detail: 'expected UTF-8, got bytes that are not' };
  }
  try {
    return { value: JSON.parse(text) as unknown };
  } catch (error) {
    return { problem: 'malformed-json', detail: messageOf(error) };
  }
}
