import { connect } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../../src/support/clock.ts';
import { stillClock } from '../../release/fixtures.ts';
import { eventually, settled } from '../../sidecar/eventually.ts';
import { freePort } from '../../ports.ts';
import type { RawClient } from './plane.ts';
import { get, post, startClient, startPlane, startScripted, statusesIn } from './plane.ts';

const SOON_MS = 150;
const LATE_MS = 1_000_000_000;
/** Together more than all buffers between hold. */
const PIECE = Buffer.alloc(65_536, 'x');
const PIECES = 1000;

/** So much time passes, again and again, until it holds: since when Weir waits, nobody sees from outside. */
function afterSteps<T>(clock: ReturnType<typeof stillClock>, stepMs: number, expectation: () => T): Promise<T> {
  return eventually(() => {
    clock.advance(stepMs);
    return expectation();
  });
}

const isClosed = (client: RawClient) => () => expect(client.state()).not.toBe('open');

describe('a wait', () => {
  it('for the rest of a head ends with 408, and for a first byte without a word', async () => {
    const upstream = await startScripted();
    const clock = stillClock();
    const { port } = await startPlane(upstream.port, { requestHeadMs: SOON_MS, keepAliveMs: LATE_MS }, {}, clock);
    const silent = startClient(port);
    const half = startClient(port, 'GET / HTTP/1.1\r\nHo');
    const second = startClient(port, `${get('/a')}GET /b`);
    const idle = startClient(port, get('/a'));
    for (const client of [second, idle]) await client.until(/\/a$/);
    for (const client of [half, second]) await afterSteps(clock, SOON_MS, isClosed(client));
    expect(statusesIn(half.text())).toEqual([408]);
    expect(statusesIn(second.text())).toEqual([200, 408]);
    expect([silent.state(), idle.state()]).toEqual(['open', 'open']);
    for (const client of [silent, idle]) await afterSteps(clock, LATE_MS, isClosed(client));
    expect(silent.text()).toBe('');
    expect(statusesIn(idle.text())).toEqual([200]);
  });

  it('for a head ends with 504, however that drips', async () => {
    const upstream = await startScripted();
    let drops = 0;
    upstream.answer = ({ socket }) => {
      socket.write('HTTP/1.1 200 OK\r\nX: ');
      const drip = (): void => void socket.write('x', () => (drops += 1));
      const dripping = setInterval(drip, 10);
      socket.once('close', () => clearInterval(dripping));
      return null;
    };
    const clock = stillClock();
    const { port, outcomes } = await startPlane(upstream.port, { headMs: SOON_MS }, {}, clock);
    const client = startClient(port, get('/a'));
    await eventually(() => expect(drops).toBeGreaterThan(0));
    // In so small steps that something has always come since the one before.
    let dropsBefore = drops;
    await eventually(() => {
      if (drops > dropsBefore) clock.advance(SOON_MS / 40);
      dropsBefore = drops;
      expect(client.text()).toMatch(/upstream-timed-out/);
    });
    expect(statusesIn(client.text())).toEqual([504]);
    expect(outcomes).toEqual(['timed-out']);
    await eventually(() => expect(upstream.sockets[0]!.destroyed || upstream.sockets[0]!.readableEnded).toBe(true));
  });

  it('for more of an answer ends in a cut', async () => {
    const upstream = await startScripted();
    upstream.answer = () => 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe';
    const clock = stillClock();
    const { port, outcomes } = await startPlane(upstream.port, { bodyMs: SOON_MS }, {}, clock);
    const client = startClient(port, get('/a'));
    await client.until(/he$/);
    await afterSteps(clock, SOON_MS, isClosed(client));
    expect(outcomes).toEqual(['timed-out']);
  });

  it('for more of a request ends with 408, and counts for nobody', async () => {
    const upstream = await startScripted();
    const clock = stillClock();
    const { port, outcomes } = await startPlane(upstream.port, { bodyMs: SOON_MS }, {}, clock);
    const client = startClient(port, post('/a', ['Content-Length: 5'], 'he'));
    await eventually(() => expect(upstream.texts[0]).toMatch(/he$/));
    await afterSteps(clock, SOON_MS, isClosed(client));
    expect(statusesIn(client.text())).toEqual([408]);
    expect(outcomes).toEqual(['client-left']);
  });

  it('for a client that does not read ends in a cut, and counts for nobody', async () => {
    const upstream = await startScripted();
    let taken = 0;
    upstream.answer = ({ socket }) => {
      const writeOn = (): void => {
        if (++taken < PIECES) socket.write(PIECE, writeOn);
      };
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${PIECES * PIECE.length}\r\n\r\n`, writeOn);
      return null;
    };
    const clock = stillClock();
    const { port, outcomes } = await startPlane(upstream.port, { bodyMs: SOON_MS }, {}, clock);
    const client = startClient(port, get('/a'));
    client.socket.pause();
    await eventually(() => expect(taken).toBeGreaterThan(0));
    expect(await settled(() => taken)).toBeLessThan(PIECES);
    await afterSteps(clock, SOON_MS, () => expect(outcomes).toEqual(['client-left']));
  });

  it('for a body whose client has gone ends at once', async () => {
    const upstream = await startScripted();
    const { port, outcomes } = await startPlane(upstream.port);
    const client = startClient(port);
    client.socket.end(post('/a', ['Content-Length: 5'], 'he'));
    await client.untilClosed();
    expect(outcomes).toEqual(['client-left']);
    expect(upstream.requests).toEqual([]);
  });
});

describe('an upstream that is not there', () => {
  it('is answered with 502, and the connection goes on', async () => {
    const { port, outcomes } = await startPlane(await freePort());
    const client = startClient(port, get('/a') + get('/b'));
    expect(statusesIn(await client.until(/(?:upstream-refused[^]*){4}/))).toEqual([502, 502]);
    expect(outcomes).toEqual(['refused', 'refused']);
  });
});

describe('a stale connection', () => {
  it('costs a request that may be repeated nothing', async () => {
    const upstream = await startScripted();
    upstream.answer = ({ target, socket }) => {
      if (target === '/b' && upstream.sockets.length === 1) {
        socket.resetAndDestroy();
        return null;
      }
      return 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi';
    };
    const { port, outcomes } = await startPlane(upstream.port);
    const client = startClient(port, get('/a') + get('/b'));
    expect(statusesIn(await client.until(/hi[^]*hi$/))).toEqual([200, 200]);
    expect(outcomes).toEqual(['answered', 'answered']);
    expect(upstream.sockets).toHaveLength(2);
  });

  it('is tried once more, and not twice', async () => {
    const upstream = await startScripted();
    upstream.answer = ({ target, socket }) => {
      if (target === '/a') return 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi';
      socket.resetAndDestroy();
      return null;
    };
    const { port, outcomes } = await startPlane(upstream.port);
    const client = startClient(port, get('/a') + get('/b'));
    expect(statusesIn(await client.until(/upstream-reset/))).toEqual([200, 502]);
    expect(outcomes).toEqual(['answered', 'reset']);
    expect(upstream.sockets).toHaveLength(2);
  });

  it('is not asked again with a body that has been sent', async () => {
    const upstream = await startScripted();
    upstream.answer = ({ target, socket }) => {
      if (target === '/a') return 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi';
      socket.resetAndDestroy();
      return null;
    };
    const { port } = await startPlane(upstream.port);
    const client = startClient(port, get('/a') + post('/b', ['Content-Length: 2'], 'hi'));
    expect(statusesIn(await client.until(/upstream-reset/))).toEqual([200, 502]);
    expect(upstream.requests.map(({ target }) => target)).toEqual(['/a', '/b']);
  });

  it.each([
    ['not used again when its upstream gives it no second more', 'timeout=1', 2],
    ['used again when its upstream gives it long', 'timeout=60', 1],
  ])('is %s', async (_name, value, connections) => {
    const upstream = await startScripted();
    upstream.answer = () => `HTTP/1.1 200 OK\r\nKeep-Alive: ${value}\r\nContent-Length: 2\r\n\r\nhi`;
    const { port } = await startPlane(upstream.port);
    await startClient(port, get('/a') + get('/b')).until(/hi[^]*hi$/);
    expect(upstream.sockets).toHaveLength(connections);
  });
});

describe('a limit', () => {
  it('of connections: the next one gets 503 and is closed', async () => {
    const upstream = await startScripted();
    const { port, refusals } = await startPlane(upstream.port, {}, { connections: 2 });
    const first = [startClient(port, get('/a')), startClient(port, get('/a'))];
    for (const client of first) await client.until(/\/a$/);
    const crowd = Array.from({ length: 50 }, () => connectAndAsk(port));
    for (const client of crowd) {
      expect(statusesIn(await client.untilClosed())).toEqual([503]);
      expect(client.state()).toBe('ended');
      expect(client.text()).toMatch(/retry-after: 1\r\n/);
    }
    expect(refusals()).toEqual(crowd.map(() => 'connections'));
    first[0]!.socket.write(get('/b'));
    await first[0]!.until(/\/b$/);
  });

  it('of requests under way: the next one gets 503, is sent to nobody and counted for nobody', async () => {
    const upstream = await startScripted();
    upstream.answer = () => null;
    const { port, outcomes, refusals } = await startPlane(upstream.port, {}, { inFlight: 1 });
    startClient(port, get('/a'));
    await eventually(() => expect(upstream.requests).toHaveLength(1));
    const text = await startClient(port, get('/b')).untilClosed();
    expect(statusesIn(text)).toEqual([503]);
    expect(text).toMatch(/retry-after: 1\r\n/);
    expect([outcomes.length, refusals(), upstream.requests.length]).toEqual([0, ['busy'], 1]);
  });
});

/** Sends its request a while after it was accepted, as a client over a network does. */
function connectAndAsk(port: number): RawClient {
  const client = startClient(port);
  client.socket.once('connect', () => void setImmediate(() => client.socket.write(get('/refused'))));
  return client;
}

describe('draining', () => {
  it('lets what is in flight finish, with connection: close, and ends idle connections', async () => {
    const upstream = await startScripted();
    upstream.answer = ({ target }) => (target === '/slow' ? null : 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi');
    // For a fifth of this, or five seconds, new connections are still welcome.
    const { port, drain } = await startPlane(upstream.port, { drainMs: 60_000 }, {}, systemClock);
    const idle = startClient(port, get('/a'));
    await idle.until(/hi$/);
    const busy = startClient(port, get('/slow'));
    await eventually(() => expect(upstream.requests).toHaveLength(2));
    const drained = drain();
    const noticed = startClient(port, get('/b'));
    expect(await noticed.untilClosed()).toMatch(/\r\nconnection: close\r\n[^]*hi$/);
    await idle.untilClosed();
    upstream.requests
      .find(({ target }) => target === '/slow')!
      .socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone');
    expect(await busy.untilClosed()).toMatch(/\r\nconnection: close\r\n[^]*done$/);
    expect(await drained).toEqual({ cut: 0 });
    await expect(refusedAt(port)).resolves.toBe('ECONNREFUSED');
  });
});

function refusedAt(port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve('connected'));
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
    onTestFinished(() => void socket.destroy());
  });
}
