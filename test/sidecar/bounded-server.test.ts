import type { RequestListener } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Bounds } from '../../src/sidecar/bounded-server.ts';
import { BOUNDS, createBoundedServer } from '../../src/sidecar/bounded-server.ts';
import { ask, connectRaw, keepAliveAgent } from './client.ts';
import { eventually } from './eventually.ts';
import { listen } from './upstream.ts';

const answerAtItsEnd: RequestListener = (request, response) => {
  request.resume();
  request.once('end', () => response.end('ok'));
};
const answerAtOnce: RequestListener = (_request, response) => void response.end('ok');

/** Requests that Node has made of what came. */
let parsed = 0;

async function serve(bounds: Partial<Bounds>, answer = answerAtItsEnd) {
  const server = createBoundedServer(answer, { ...BOUNDS, ...bounds });
  server.on('request', () => (parsed += 1));
  const port = await listen(server, 0);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return port;
}

const HEAD = 'GET / HTTP/1.1\r\nhost: localhost\r\n';

describe('a server beside the traffic', () => {
  it('takes the connection of a client that drips its head', async () => {
    const raw = connectRaw(await serve({ headMs: 100 }), HEAD);
    await eventually(() => expect(raw.isClosed()).toBe(true));
    expect(raw.text()).toMatch(/^HTTP\/1.1 408 /);
  });

  it('takes the connection of a client that drips its body', async () => {
    const port = await serve({ headMs: 100, requestMs: 200 });
    const raw = connectRaw(port, `POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\n\r\n1`);
    await eventually(() => expect(raw.isClosed()).toBe(true));
    expect(raw.text()).toMatch(/^HTTP\/1.1 408 /);
  });

  it('takes the connection of a client that says nothing at all', async () => {
    const raw = connectRaw(await serve({ headMs: 100 }));
    await eventually(() => expect(raw.isClosed()).toBe(true));
  });

  it('refuses a head that is too long', async () => {
    const raw = connectRaw(await serve({ headBytes: 1000 }), `${HEAD}x: ${'x'.repeat(2000)}\r\n\r\n`);
    await eventually(() => expect(raw.text()).toMatch(/^HTTP\/1.1 431 /));
  });

  it.each([
    ['its answers', answerAtItsEnd, HEAD],
    ['answers that are given at once', answerAtOnce, HEAD],
    ['refusals of requests without Host', answerAtOnce, 'GET / HTTP/1.1\r\n'],
    ['refusals of what it expects', answerAtOnce, `${HEAD}expect: a miracle\r\n`],
  ])('takes the connection of a client that does not wait for %s', async (_name, answer, head) => {
    parsed = 0;
    const raw = connectRaw(await serve({}, answer), `${head}\r\n`.repeat(1000));
    await eventually(() => expect(raw.isClosed()).toBe(true));
    expect(raw.text()).toBe('');
    expect(parsed).toBeLessThan(10);
  });

  it.each([
    ['announced', 'content-length: 100000000000', 'x'.repeat(1000)],
    ['chunked', 'transfer-encoding: chunked', `3e8\r\n${'x'.repeat(1000)}\r\n`],
  ])('swallows no body that nobody has read when the answer is out: %s', async (_name, framing, piece) => {
    const port = await serve({ requestMs: 600_000 }, answerAtOnce);
    const raw = connectRaw(port, `POST / HTTP/1.1\r\nhost: localhost\r\n${framing}\r\n\r\n`);
    await eventually(() => expect(raw.text()).toMatch(/ok/));
    const writeMore = (): void => {
      if (!raw.socket.destroyed) raw.socket.write(piece, () => setImmediate(writeMore));
    };
    writeMore();
    await eventually(() => expect(raw.isClosed()).toBe(true));
    expect(raw.text()).toMatch(/^HTTP\/1.1 200 [^]*ok/);
  });

  it('takes the connection of a client that sends a body in very many small pieces, and no other', async () => {
    let pieces = 0;
    const port = await serve({}, (request, response) => {
      request.on('data', () => (pieces += 1));
      request.once('end', () => response.end('ok'));
    });
    for (let round = 0; round < 3; round += 1) {
      pieces = 0;
      const chunks = '1\r\nx\r\n'.repeat(5000);
      const raw = connectRaw(port, `POST / HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n${chunks}`);
      await eventually(() => expect(raw.isClosed()).toBe(true));
      expect(raw.text()).toBe('');
      expect(pieces).toBeLessThanOrEqual(260);
      // What was done to one connection's parser must not be left to the next that is given it.
      expect((await ask(`http://127.0.0.1:${port}/`, { method: 'POST', body: 'x' })).text).toBe('ok');
      expect(pieces).toBeGreaterThan(0);
    }
  });

  it('reads a body in a few pieces, and goes on with the connection', async () => {
    let text = '';
    const port = await serve({ connectionsEach: 1 }, (request, response) => {
      request.on('data', (piece: Buffer) => (text += piece.toString()));
      request.once('end', () => response.end('ok'));
    });
    const piece = 'y'.repeat(1000);
    const body = `${'1\r\nx\r\n'.repeat(200)}${`3e8\r\n${piece}\r\n`.repeat(300)}0\r\n\r\n`;
    const head = 'POST / HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n';
    const raw = connectRaw(port, `${head}${body}`);
    await eventually(() => expect(raw.text()).toMatch(/ok/));
    raw.socket.write(`${HEAD}\r\n`);
    await eventually(() => expect(raw.text().match(/200 OK/g)).toHaveLength(2));
    expect(text).toBe('x'.repeat(200) + piece.repeat(300));
  });

  it('refuses a request without Host', async () => {
    const raw = connectRaw(await serve({}), 'GET / HTTP/1.1\r\n\r\n');
    await eventually(() => expect(raw.isClosed()).toBe(true));
    expect(raw.text()).toMatch(/^HTTP\/1.1 400 /);
  });

  it('has a turn of the event loop for each request, however many connections ask at once', async () => {
    let inTurn = 0;
    let most = 0;
    let answers = 0;
    const port = await serve({}, (_request, response) => {
      if (++inTurn === 1) setImmediate(() => (inTurn = 0));
      most = Math.max(most, inTurn);
      answers += 1;
      response.end('ok');
    });
    const clients = Array.from({ length: 50 }, () => connectRaw(port));
    await eventually(() => expect(clients.every(({ socket }) => socket.readyState === 'open')).toBe(true));
    for (const { socket } of clients) socket.write(`${HEAD}\r\n`);
    await eventually(() => expect(answers).toBe(50));
    // The turn in which the count begins anew may still have one of its own.
    expect(most).toBeLessThanOrEqual(2);
  });

  it('serves one request after another on a connection', async () => {
    const url = `http://127.0.0.1:${await serve({ connectionsEach: 1 })}/`;
    const agent = keepAliveAgent(1);
    for (let round = 0; round < 50; round += 1) expect((await ask(url, { agent })).status).toBe(200);
  });

  it('gives one address so many connections that are answered and no more, and again as they close', async () => {
    let asked = 0;
    const port = await serve({ connectionsEach: 2 }, () => void (asked += 1));
    const held = [connectRaw(port, `${HEAD}\r\n`), connectRaw(port, `${HEAD}\r\n`)];
    await eventually(() => expect(asked).toBe(2));
    const third = connectRaw(port, `${HEAD}\r\n`);
    await eventually(() => expect(third.isClosed()).toBe(true));
    expect(held.map(({ isClosed }) => isClosed())).toEqual([false, false]);
    for (const { socket } of held) socket.destroy();
    await eventually(() => {
      connectRaw(port, `${HEAD}\r\n`);
      expect(asked).toBeGreaterThan(2);
    });
  });

  it.each([
    ['of one address', { connectionsEach: 4 }],
    ['of all', { connections: 4 }],
  ])('has room for who asks, however many connections %s say nothing, or have their answer', async (_name, bounds) => {
    const port = await serve(bounds, answerAtOnce);
    const answered = connectRaw(port, `${HEAD}\r\n`);
    await eventually(() => expect(answered.text()).toMatch(/ok/));
    const silent = Array.from({ length: 3 }, () => connectRaw(port, HEAD));
    await eventually(() => expect(silent.every(({ socket }) => socket.readyState === 'open')).toBe(true));
    for (let round = 0; round < 6; round += 1) expect((await ask(`http://127.0.0.1:${port}/`)).text).toBe('ok');
    expect(answered.isClosed()).toBe(true);
  });
});
