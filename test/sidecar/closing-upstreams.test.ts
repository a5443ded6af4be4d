import type { Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { seededRandom } from '../../src/support/random.ts';
import type { Asked } from './client.ts';
import { ask, keepAliveAgent } from './client.ts';
import { startRawUpstream, startUpstream } from './upstream.ts';
import type { Weir } from './weir.ts';
import { startWeir } from './weir.ts';

const ROUNDS = 150;
const CLIENTS = 8;
/** A window that holds all of it, however long that takes. */
const GUARDS = { window: '1h', errors: null, p95: null };

/** Steady load: so many clients ask in turn, over kept-alive connections. */
async function steady(weir: Weir, asked: Asked = {}): Promise<void> {
  const agent = keepAliveAgent(CLIENTS);
  for (let round = 0; round < ROUNDS; round++) {
    const answers = await Promise.all(Array.from({ length: CLIENTS }, () => ask(weir.traffic, { ...asked, agent })));
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
  }
}

async function expectNobodyCounted(weir: Weir): Promise<void> {
  expect(await weir.metric('weir_request_failures_total')).toBe(0);
  expect(await weir.metric('weir_requests_total', { upstream: 'stable', code_class: '2xx' })).toBe(ROUNDS * CLIENTS);
  expect((await weir.status()).window.stable).toMatchObject({ requests: ROUNDS * CLIENTS, errors: 0 });
}

describe('an upstream that closes its connections without a word', () => {
  it.each([1, 2, 7])('after each %i requests fails nobody and is charged with nothing', async (most) => {
    const served = new WeakMap<Socket, number>();
    const stable = await startRawUpstream((socket) => {
      const count = (served.get(socket) ?? 0) + 1;
      served.set(socket, count);
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
      if (count >= most) socket.end();
    });
    const weir = await startWeir({ stable: stable.url, guards: GUARDS });
    await steady(weir);
    await expectNobodyCounted(weir);
  });

  it('after each request by a reset fails nobody either', async () => {
    const stable = await startRawUpstream((socket) => {
      socket.write(
        'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
        () => void setImmediate(() => socket.resetAndDestroy()),
      );
    });
    const weir = await startWeir({ stable: stable.url, guards: GUARDS });
    await steady(weir);
    await expectNobodyCounted(weir);
  });

  it('instead of its answer, whenever a connection is used again, fails nobody', async () => {
    const used = new WeakSet<Socket>();
    const stable = await startRawUpstream((socket) => {
      if (used.has(socket)) return void socket.destroy();
      used.add(socket);
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    });
    const weir = await startWeir({ stable: stable.url, guards: GUARDS });
    await steady(weir);
    await expectNobodyCounted(weir);
  });

  it('at random moments while they are idle fails no request', async () => {
    const random = seededRandom(1);
    const idle = new Set<Socket>();
    const stable = await startUpstream('stable', (request, response) => {
      const { socket } = request;
      idle.delete(socket);
      request.resume();
      response.on('finish', () => void setImmediate(() => idle.add(socket)));
      response.end('stable');
    });
    const closing = setInterval(() => {
      for (const socket of idle) if (random() < 0.3) socket.end();
    }, 3);
    onTestFinished(() => clearInterval(closing));
    const weir = await startWeir({ stable: stable.url, guards: GUARDS });
    await steady(weir);
    await expectNobodyCounted(weir);
  });

  it.each([1, 5])('after each %i requests fails no request with a body, which may not be sent twice', async (most) => {
    const served = new WeakMap<Socket, number>();
    const stable = await startUpstream('stable', (request, response) => {
      const { socket } = request;
      const count = (served.get(socket) ?? 0) + 1;
      served.set(socket, count);
      request.resume();
      request.on('end', () => response.end('stable'));
      // Not at once, but when the connection is about to be used again.
      if (count >= most) response.on('finish', () => void setImmediate(() => setImmediate(() => socket.end())));
    });
    const weir = await startWeir({ stable: stable.url, guards: GUARDS });
    await steady(weir, { method: 'POST', body: 'not to be repeated' });
    await expectNobodyCounted(weir);
    expect(stable.requests).toHaveLength(ROUNDS * CLIENTS);
  });

  it('and says why on it (408, as some do) does not have that taken for an answer', async () => {
    const stable = await startRawUpstream((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok', () => {
        setImmediate(() => setImmediate(() => socket.end('HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n')));
      });
    });
    const weir = await startWeir({ stable: stable.url });
    const statuses = new Set<number>();
    for (let count = 0; count < 300; count++)
      statuses.add((await ask(weir.traffic, { method: 'PATCH', body: 'x' })).status);
    expect([...statuses]).toEqual([200]);
  });

  it('and says how long it keeps them is not asked on one that is about to go', async () => {
    const stable = await startRawUpstream((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nKeep-Alive: timeout=1\r\nContent-Length: 2\r\n\r\nok');
    });
    const weir = await startWeir({ stable: stable.url });
    for (let count = 0; count < 3; count++) await ask(weir.traffic, { method: 'POST', body: 'x' });
    expect(stable.sockets).toHaveLength(3);
  });
});
