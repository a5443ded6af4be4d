import type { IncomingMessage } from 'node:http';
import { createServer, request } from 'node:http';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAdminApi } from '../../src/admin/api.ts';
import { MAX_BODY_BYTES, MAX_DISCARDED_BYTES } from '../../src/admin/body.ts';
import { snapshotOf } from './fixtures.ts';

const reported: unknown[] = [];
const server = createServer(
  createAdminApi({
    look: () => snapshotOf(),
    history: () => [],
    ask: async () => ({ ok: true }),
    report: (error) => reported.push(error),
  }),
);
function port(): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server does not listen');
  return address.port;
}

beforeEach(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
afterEach(() => new Promise((resolve) => server.close(resolve)));

const head = (framing: string) =>
  `PUT /v1/weights HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${framing}\r\n\r\n`;

function put(sizeBytes: number, isChunked: boolean): Promise<{ status: number; connection: string; text: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; connection: string; text: string }>();
  const length = isChunked ? {} : { 'content-length': sizeBytes };
  const sent = request({
    host: '127.0.0.1',
    port: port(),
    method: 'PUT',
    path: '/v1/weights',
    headers: { 'content-type': 'application/json', ...length },
  });
  sent.on('response', (answer) => {
    let text = '';
    answer.on('data', (chunk: Buffer) => (text += chunk.toString()));
    answer.on('end', () => resolve({ status: answer.statusCode!, connection: answer.headers.connection!, text }));
  });
  sent.on('error', reject);
  sent.write(' '.repeat(sizeBytes));
  sent.end();
  return promise;
}

describe('a large body', () => {
  it.each([true, false])('of exactly the limit is read (chunked: %s)', async (isChunked) => {
    expect(await put(MAX_BODY_BYTES, isChunked)).toMatchObject({ status: 400, connection: 'keep-alive' });
  });

  it.each([true, false])('of one byte more is refused, and the connection closed (chunked: %s)', async (isChunked) => {
    expect(await put(MAX_BODY_BYTES + 1, isChunked)).toMatchObject({ status: 413, connection: 'close' });
  });

  it.each([true, false])('of 10 MB gets its answer rather than a reset (chunked: %s)', async (isChunked) => {
    const answer = await put(10_000_000, isChunked);
    expect(answer.status).toBe(413);
    expect(JSON.parse(answer.text)).toMatchObject({ code: 'body-too-large' });
  });

  it('that nobody wants is thrown away a piece in a turn of the event loop, however many send one', async () => {
    let inTurn = 0;
    let most = 0;
    const count = (incoming: IncomingMessage): void => {
      const emit = incoming.emit.bind(incoming);
      incoming.emit = (name: string, ...values: unknown[]) => {
        if (name === 'data') {
          if (++inTurn === 1) setImmediate(() => (inTurn = 0));
          most = Math.max(most, inTurn);
        }
        return emit(name, ...values);
      };
    };
    server.on('request', count);
    const answers = await Promise.all(Array.from({ length: 8 }, () => put(2_000_000, false)));
    server.off('request', count);
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 413));
    // The turn in which the count begins anew may still have one of its own.
    expect(most).toBeLessThanOrEqual(2);
  });

  it('is refused on its announced length, before any of it has come', async () => {
    const socket = connect(port(), '127.0.0.1');
    const { promise, resolve } = Promise.withResolvers<string>();
    socket.once('data', (chunk) => resolve(chunk.toString()));
    socket.write(head('Content-Length: 10000000'));
    expect(await promise).toMatch(/^HTTP\/1\.1 413 /);
    socket.destroy();
  });

  it('that never ends is cut off', async () => {
    const socket = connect(port(), '127.0.0.1');
    const chunk = `10000\r\n${' '.repeat(0x10000)}\r\n`;
    let writtenBytes = 0;
    const { promise, resolve } = Promise.withResolvers<void>();
    const writeMore = (): void => {
      if (socket.destroyed || writtenBytes > 8 * MAX_DISCARDED_BYTES) return resolve();
      writtenBytes += chunk.length;
      if (socket.write(chunk)) setImmediate(writeMore);
    };
    socket.on('drain', writeMore);
    socket.on('error', () => {});
    socket.on('close', () => resolve());
    socket.resume();
    socket.write(head('Transfer-Encoding: chunked'));
    writeMore();
    await promise;
    expect(writtenBytes).toBeLessThan(4 * MAX_DISCARDED_BYTES);
    socket.destroy();
  });

  it('whose client leaves in the middle is nobody’s error', async () => {
    const socket = connect(port(), '127.0.0.1');
    const gone = new Promise<void>((resolve) => {
      server.once('request', (incoming) => {
        incoming.once('close', resolve);
        socket.destroy();
      });
    });
    socket.write(`${head('Content-Length: 100')}{"cand`);
    await gone;
    expect(reported).toEqual([]);
  });
});
