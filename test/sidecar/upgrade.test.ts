import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { clockAhead } from './ahead.ts';
import { connectRaw } from './client.ts';
import { eventually } from './eventually.ts';
import { temporaryDirectory } from './settings.ts';
import type { ScriptedUpstream } from './tunnels.ts';
import {
  connectHalfOpen,
  openSession,
  startEchoServer,
  startScriptedUpstream,
  startSecureEchoServer,
  switching,
  upgradeRequest,
} from './tunnels.ts';
import { freePort } from '../ports.ts';
import { startUpstream } from './upstream.ts';
import type { Weir } from './weir.ts';
import { startWeir } from './weir.ts';

const failures = (weir: Weir, reason: string) =>
  weir.metric('weir_request_failures_total', { upstream: 'stable', reason });
const tunnels = (weir: Weir, upstream = 'stable') => weir.metric('weir_tunnels', { upstream });

describe('a WebSocket session', () => {
  it('carries messages of 1 B to 1 MiB unchanged, and is counted as a tunnel and as no latency', async () => {
    const stable = await startEchoServer('stable');
    const weir = await startWeir({ stable: stable.url, timeouts: { tunnel: '60s' } });
    const session = await openSession(weir.ports.traffic);
    for (const size of [1, 125, 126, 65_535, 65_536, 1_048_576]) {
      const message = randomBytes(size);
      expect((await session.echo(message)).equals(message)).toBe(true);
    }
    expect(await tunnels(weir)).toBe(1);
    expect(await tunnels(weir, 'candidate')).toBe(0);
    expect(await weir.metric('weir_in_flight', { upstream: 'stable' })).toBe(0);
    expect(await weir.metric('weir_requests_total', { code_class: '1xx' })).toBe(1);
    expect((await weir.status()).window.stable).toMatchObject({ requests: 1, errors: 0, p95Ms: null });
    expect(await weir.metric('weir_request_failures_total')).toBe(0);
    session.socket.close(4321);
    expect(await session.closed).toBe(4321);
    await eventually(async () => expect(await tunnels(weir)).toBe(0));
    await eventually(() => expect(stable.sessions.size).toBe(0));
  });

  it.each([
    ['a Unix domain socket', async () => ({ ...(await startEchoServer('s', join(temporaryDirectory(), 'app.sock'))) })],
    ['TLS', () => startSecureEchoServer()],
  ])('works over %s', async (_name, start: () => Promise<{ url: string; ca?: string }>) => {
    const { url, ca } = await start();
    const stable = { version: 'v1', url, ...(ca !== undefined && { ca }) };
    const weir = await startWeir({ stable: url, more: { stable } });
    const session = await openSession(weir.ports.traffic);
    const message = randomBytes(300_000);
    expect((await session.echo(message)).equals(message)).toBe(true);
    session.socket.close(1000);
    expect(await session.closed).toBe(1000);
    await eventually(async () => expect(await tunnels(weir)).toBe(0));
  });

  it('is one of 200 at the same time, each with its own bytes', async () => {
    const stable = await startEchoServer('stable');
    const candidate = await startEchoServer('candidate');
    const weir = await startWeir({ stable: stable.url, candidate: candidate.url, weight: '50%' });
    const sessions = await Promise.all(Array.from({ length: 200 }, () => openSession(weir.ports.traffic)));
    expect(stable.sessions.size).toBe(100);
    expect(candidate.sessions.size).toBe(100);
    expect([await tunnels(weir), await tunnels(weir, 'candidate')]).toEqual([100, 100]);
    const echoes = await Promise.all(
      sessions.map(async (session, index) => {
        const message = Buffer.alloc(1 + index * 300, index);
        return (await session.echo(message)).equals(message);
      }),
    );
    expect(echoes).not.toContain(false);
    for (const { socket } of sessions) socket.close();
    await eventually(async () => expect(await weir.metric('weir_tunnels')).toBe(0));
  });

  it('goes where the override or the user’s bucket says, and a new user gets the cookie with the 101', async () => {
    const stable = await startEchoServer('stable');
    const candidate = await startEchoServer('candidate');
    const more = { sticky: { cookie: 'weir' }, override: { header: 'x-side' } };
    const weir = await startWeir({ stable: stable.url, candidate: candidate.url, weight: '100%', more });
    const socket = new WebSocket(`ws://127.0.0.1:${weir.ports.traffic}/`);
    const cookies = new Promise((resolve) => {
      socket.on('upgrade', ({ headers }) => resolve(headers['set-cookie']));
    });
    expect(await cookies).toEqual([expect.stringMatching(/^weir=\d+; .*HttpOnly/)]);
    await eventually(() => expect(candidate.sessions.size).toBe(1));
    socket.terminate();
    await openSession(weir.ports.traffic, { 'x-side': 'stable' });
    expect(stable.sessions.size).toBe(1);
    expect((await weir.status()).window.stable.requests).toBe(0);
  });
});

describe('the request of an upgrade', () => {
  it('reaches the upstream like any other, but for its wish', async () => {
    let asked = '';
    const stable = await startScriptedUpstream((_socket, head) => (asked = head));
    const weir = await startWeir({ stable: stable.url });
    const lines = ['X-Forwarded-For: 1.2.3.4', 'Connection: x-named', 'X-Named: 1', 'X-Two: 1', 'X-Two: 2', 'TE: gzip'];
    connectRaw(weir.ports.traffic, upgradeRequest('echo/2, websocket', lines).replace('/socket', '/a/../b?'));
    await eventually(() => expect(asked).not.toBe(''));
    expect(asked).toMatch(/^GET \/a\/\.\.\/b\? HTTP\/1\.1\r\n/);
    expect(asked).toContain('connection: upgrade\r\nupgrade: echo/2, websocket\r\n');
    expect(asked).toContain('x-forwarded-for: 1.2.3.4, 127.0.0.1\r\n');
    expect(asked).toContain('x-forwarded-proto: http\r\nx-forwarded-host: a\r\nvia: 1.1 weir\r\ntraceparent: 00-');
    expect(asked).toContain('X-Two: 1\r\nX-Two: 2\r\n');
    expect(asked).not.toMatch(/x-named|gzip/i);
  });

  it.each([
    ['over h2c', upgradeRequest('h2c', ['HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA'])],
    ['over HTTP/1.0', upgradeRequest('websocket').replace('HTTP/1.1', 'HTTP/1.0')],
    ['with a body', `${upgradeRequest('websocket', ['Content-Length: 4'], 'POST')}body`],
    ['without naming Upgrade in Connection', upgradeRequest('websocket').replace('Connection: Upgrade\r\n', '')],
  ])('%s is an ordinary request', async (_name, request) => {
    const stable = await startUpstream('stable');
    const weir = await startWeir({ stable: stable.url });
    const client = connectRaw(weir.ports.traffic, request);
    await eventually(() => expect(client.text()).toContain('stable'));
    expect(client.text()).toMatch(/^HTTP\/1\.1 200 /);
    expect(stable.requests[0]!.headers).not.toHaveProperty('upgrade');
    expect(await tunnels(weir)).toBe(0);
  });

  it('may come on a connection that has served others, and behind one that is being answered', async () => {
    const stable = await startEchoServer('stable');
    const weir = await startWeir({ stable: stable.url });
    const key = ['Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='];
    const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
    const client = connectRaw(weir.ports.traffic, get);
    await eventually(() => expect(client.text()).toContain('stable'));
    // A text message "hi", masked with zeros, is already behind the request.
    client.socket.write(get + upgradeRequest('websocket', key) + '\x81\x82\0\0\0\0hi', 'latin1');
    await eventually(() => expect(client.text().endsWith('\r\n\r\n\x81\x02hi')).toBe(true));
    expect(client.text().match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200', 'HTTP/1.1 101']);
    expect(client.text()).toContain('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
  });

  it('is refused when its upstream has enough in flight', async () => {
    const stable = await startScriptedUpstream(() => undefined);
    const weir = await startWeir({ stable: stable.url, limits: { inFlight: 1 } });
    connectRaw(weir.ports.traffic, upgradeRequest('echo'));
    await eventually(() => expect(stable.sockets).toHaveLength(1));
    const client = connectRaw(weir.ports.traffic, upgradeRequest('echo'));
    await eventually(() => expect(client.isClosed()).toBe(true));
    expect(client.text()).toMatch(/^HTTP\/1\.1 503 [^]*x-weir-error: upstream-busy/);
  });
});

describe('an answer other than 101', () => {
  it.each([
    ['400', 'Content-Length: 5\r\n\r\nwrong'],
    ['403', 'Transfer-Encoding: chunked\r\n\r\n5\r\nwrong\r\n0\r\n\r\n'],
    ['500', 'Connection: x-hop\r\nX-Hop: 1\r\nContent-Length: 5\r\n\r\nwrong'],
    ['426', 'Connection: upgrade\r\nUpgrade: other\r\nContent-Length: 5\r\n\r\nwrong'],
  ])('of %s reaches the client whole, and what stands behind the request is never read', async (status, rest) => {
    const asked: string[] = [];
    const stable = await startScriptedUpstream((socket, head) => {
      asked.push(head);
      socket.write(`HTTP/1.1 ${status} No\r\n${rest}`);
    });
    const weir = await startWeir({ stable: stable.url });
    const client = connectRaw(weir.ports.traffic, `${upgradeRequest('echo')}GET /behind HTTP/1.1\r\nHost: a\r\n\r\n`);
    await eventually(() => expect(client.isClosed()).toBe(true));
    expect(client.text()).toMatch(new RegExp(`^HTTP/1\\.1 ${status} No\\r\\n[^]*wrong`));
    expect(client.text()).toContain('connection: close\r\n');
    expect(client.text()).not.toMatch(/x-hop|x-weir-error|upgrade:/i);
    expect(asked).toHaveLength(1);
    expect(await weir.metric('weir_requests_total')).toBe(1);
    expect(await tunnels(weir)).toBe(0);
  });

  it('that dies in its body is cut', async () => {
    const stable = await startScriptedUpstream((socket) => {
      socket.end('HTTP/1.1 403 No\r\nContent-Length: 100\r\n\r\npart');
    });
    const weir = await startWeir({ stable: stable.url });
    const client = connectRaw(weir.ports.traffic, upgradeRequest('echo'));
    await eventually(() => expect(client.isClosed()).toBe(true));
    expect(client.text()).toMatch(/part$/);
    expect(await failures(weir, 'cut-short')).toBe(1);
  });
});

describe('an upgrade that fails', () => {
  it.each([
    ['that was not offered', switching('other')],
    ['beside one that was', switching('echo, other')],
    ['of another version', switching('echo/2')],
    ['without naming any', 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n\r\n'],
    ['without Connection', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\n\r\n'],
  ])('by a 101 to a protocol %s is answered for with 502', async (_name, answer) => {
    const stable = await startScriptedUpstream((socket) => void socket.write(`${answer}not for you`));
    const weir = await startWeir({ stable: stable.url });
    const client = connectRaw(weir.ports.traffic, upgradeRequest('echo'));
    await eventually(() => expect(client.isClosed()).toBe(true));
    expect(client.text()).toMatch(/^HTTP\/1\.1 502 [^]*x-weir-error: malformed-answer/);
    expect(client.text()).not.toContain('not for you');
    expect(await failures(weir, 'malformed')).toBe(1);
    await eventually(() => expect(stable.sockets[0]!.destroyed || stable.sockets[0]!.readableEnded).toBe(true));
  });

  it('because nobody listens, or the connection is reset, is answered for with 502', async () => {
    const refusing = await startWeir({ stable: `http://127.0.0.1:${await freePort()}` });
    const refused = connectRaw(refusing.ports.traffic, upgradeRequest('echo'));
    await eventually(() => expect(refused.isClosed()).toBe(true));
    expect(refused.text()).toMatch(/^HTTP\/1\.1 502 [^]*x-weir-error: upstream-refused/);
    expect(await failures(refusing, 'refused')).toBe(1);

    const stable = await startScriptedUpstream((socket) => void socket.resetAndDestroy());
    const resetting = await startWeir({ stable: stable.url });
    const reset = connectRaw(resetting.ports.traffic, upgradeRequest('echo'));
    await eventually(() => expect(reset.isClosed()).toBe(true));
    expect(reset.text()).toMatch(/^HTTP\/1\.1 502 [^]*x-weir-error: upstream-reset/);
    expect(await failures(resetting, 'reset')).toBe(1);
    expect(stable.sockets).toHaveLength(1);
  });

  it('because the upstream is silent is answered for with 504', async () => {
    const stable = await startScriptedUpstream(() => undefined);
    const weir = await startWeir({ stable: stable.url, timeouts: { head: '200ms' } });
    const client = connectRaw(weir.ports.traffic, upgradeRequest('echo'));
    await eventually(() => expect(client.isClosed()).toBe(true));
    expect(client.text()).toMatch(/^HTTP\/1\.1 504 [^]*x-weir-error: upstream-timed-out/);
    expect(await failures(weir, 'timed-out')).toBe(1);
  });

  it('because the client left counts for nobody, and ends at the upstream too', async () => {
    const stable = await startScriptedUpstream((socket) => void socket.resume());
    const weir = await startWeir({ stable: stable.url });
    const client = connectRaw(weir.ports.traffic, upgradeRequest('echo'));
    await eventually(() => expect(stable.sockets).toHaveLength(1));
    client.socket.resetAndDestroy();
    await eventually(() => expect(stable.sockets[0]!.readableEnded || stable.sockets[0]!.destroyed).toBe(true));
    expect(await weir.metric('weir_client_aborts_total')).toBe(1);
    expect(await weir.metric('weir_request_failures_total')).toBe(0);
    expect(await weir.metric('weir_in_flight', { upstream: 'stable' })).toBe(0);
  });
});

describe('a tunnel', () => {
  const startTunnel = async (settings: { timeouts?: object; limits?: object } = {}) => {
    const stable = await startScriptedUpstream((socket) => void socket.write(`${switching('echo')}at once`));
    const weir = await startWeir({ stable: stable.url, ...settings });
    const client = connectHalfOpen(weir.ports.traffic);
    client.socket.write(`${upgradeRequest('echo')}early`);
    await eventually(() => expect(client.text()).toMatch(/\r\n\r\nat once$/));
    return { weir, client, upstream: stable.sockets[0]!, stable };
  };

  const collect = (stable: ScriptedUpstream): (() => string) => {
    let text = '';
    stable.sockets[0]!.on('data', (chunk: Buffer) => (text += chunk.toString('latin1'))).resume();
    return () => text;
  };

  it('passes on what came with the 101, and what waited behind the request only after it', async () => {
    const { client, stable } = await startTunnel();
    const received = collect(stable);
    await eventually(() => expect(received()).toBe('early'));
    expect(client.text()).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\n[^]*upgrade: echo\r\n/);
  });

  it('keeps what the client sends until the upstream has agreed', async () => {
    let agree = (): void => undefined;
    let received = '';
    const stable = await startScriptedUpstream((socket) => {
      socket.on('data', (chunk: Buffer) => (received += chunk.toString('latin1'))).resume();
      agree = () => void socket.write(switching('echo'));
    });
    const weir = await startWeir({ stable: stable.url });
    const client = connectRaw(weir.ports.traffic, upgradeRequest('echo'));
    await eventually(() => expect(stable.sockets).toHaveLength(1));
    await new Promise<void>((resolve) => client.socket.write('early', () => resolve()));
    // A round trip through the same event loop: the early bytes have been read by now.
    await weir.status();
    expect(received).toBe('');
    agree();
    await eventually(() => expect(received).toBe('early'));
  });

  it('lets each direction end by itself', async () => {
    const one = await startTunnel();
    const received = collect(one.stable);
    one.upstream.end('last words');
    await eventually(() => expect(one.client.hasEnded()).toBe(true));
    expect(one.client.text()).toMatch(/last words$/);
    one.client.socket.end(' and an answer');
    await eventually(() => expect(received()).toBe('early and an answer'));
    await eventually(async () => expect(await tunnels(one.weir)).toBe(0));

    const other = await startTunnel();
    const asked = collect(other.stable);
    other.client.socket.end(' and all');
    await eventually(() => expect(asked()).toBe('early and all'));
    await eventually(() => expect(other.upstream.readableEnded).toBe(true));
    other.upstream.end('the rest');
    await eventually(() => expect(other.client.text()).toMatch(/the rest$/));
    await eventually(async () => expect(await tunnels(other.weir)).toBe(0));
  });

  it('is opened for a client that has said everything with its request', async () => {
    let received = '';
    const stable = await startScriptedUpstream((socket) => {
      socket.write(switching('echo'));
      socket.on('data', (chunk: Buffer) => (received += chunk.toString('latin1'))).resume();
      socket.on('end', () => socket.end(`you said ${received}`));
    });
    const weir = await startWeir({ stable: stable.url });
    const client = connectHalfOpen(weir.ports.traffic);
    client.socket.end(`${upgradeRequest('echo')}everything`);
    await eventually(() => expect(client.hasEnded()).toBe(true));
    expect(client.text()).toMatch(/you said everything$/);
    await eventually(async () => expect(await tunnels(weir)).toBe(0));
  });

  it('is closed although its client never reads what has been sent to it', async () => {
    const { weir, client, upstream } = await startTunnel({ timeouts: { tunnel: '300ms' } });
    client.socket.pause();
    upstream.resume().write(Buffer.alloc(32 * 1024 * 1024));
    await eventually(async () => expect(await tunnels(weir)).toBe(0));
    await eventually(() => expect(upstream.destroyed).toBe(true));
  });

  it('ends at the client when the upstream dies, and at the upstream when the client does', async () => {
    const one = await startTunnel();
    one.upstream.resetAndDestroy();
    await eventually(() => expect(one.client.hasEnded()).toBe(true));
    await eventually(async () => expect(await tunnels(one.weir)).toBe(0));
    expect(await one.weir.metric('weir_request_failures_total')).toBe(0);

    const other = await startTunnel();
    other.upstream.resume();
    other.client.socket.resetAndDestroy();
    await eventually(() => expect(other.upstream.readableEnded).toBe(true));
    await eventually(async () => expect(await tunnels(other.weir)).toBe(0));
    expect(await other.weir.metric('weir_client_aborts_total')).toBe(0);
  });

  it('holds the sender back when the receiver does not read, both ways', async () => {
    const { client, upstream } = await startTunnel();
    const block = Buffer.alloc(65_536);
    const fill = (socket: typeof upstream): Promise<number> => {
      const { promise, resolve } = Promise.withResolvers<number>();
      let sent = 0;
      const write = (): void => {
        if (sent > 4000) return resolve(Number.POSITIVE_INFINITY);
        sent++;
        socket.write(block, write);
      };
      write();
      // When nothing has moved between two looks, the sender is held back.
      let before = -1;
      void eventually(() => {
        const moved = before !== sent;
        before = sent;
        expect(moved).toBe(false);
      }).then(() => resolve(sent));
      return promise;
    };
    client.socket.pause();
    expect(await fill(upstream)).toBeLessThan(1000);
    client.socket.resume();
    upstream.pause();
    expect(await fill(client.socket)).toBeLessThan(1000);
  });

  it('counts as a connection', async () => {
    const { weir, client } = await startTunnel({ limits: { connections: 1 } });
    const second = connectRaw(weir.ports.traffic, upgradeRequest('echo'));
    await eventually(() => expect(second.isClosed()).toBe(true));
    expect(second.text()).toMatch(/^HTTP\/1\.1 503 [^]*x-weir-error: too-many-connections/);
    client.socket.resetAndDestroy();
    await eventually(async () => expect(await tunnels(weir)).toBe(0));
    const third = connectRaw(weir.ports.traffic, upgradeRequest('echo'));
    await eventually(() => expect(third.text()).toMatch(/^HTTP\/1\.1 101 /));
  });

  it('is closed after a silence of timeouts.tunnel', async () => {
    const { weir, client, upstream } = await startTunnel({ timeouts: { tunnel: '300ms' } });
    upstream.resume();
    await eventually(() => expect(client.hasEnded()).toBe(true));
    await eventually(() => expect(upstream.readableEnded).toBe(true));
    expect(await tunnels(weir)).toBe(0);
  });

  it('is closed after the drain time when its upstream is rolled back, and no other', async () => {
    const stable = await startEchoServer('stable');
    const candidate = await startEchoServer('candidate');
    const more = { override: { header: 'x-side' } };
    const settings = { stable: stable.url, candidate: candidate.url, weight: '50%', more };
    const clock = clockAhead();
    const weir = await startWeir({ ...settings, timeouts: { drain: '60s' } }, clock);
    const [on, off] = await Promise.all([
      openSession(weir.ports.traffic, { 'x-side': 'stable' }),
      openSession(weir.ports.traffic, { 'x-side': 'candidate' }),
    ]);
    expect((await weir.change('POST', '/v1/rollback', { reason: 'test' })).status).toBe(200);
    expect((await off.echo(Buffer.from('still here'))).toString()).toBe('still here');
    clock.jump(60_000);
    expect(await off.closed).toBe(1006);
    expect(await tunnels(weir, 'candidate')).toBe(0);
    expect(await tunnels(weir)).toBe(1);
    expect((await on.echo(Buffer.from('stays'))).toString()).toBe('stays');
  });

  it('keeps a rollback from being called verified until it is closed', async () => {
    const [stable, candidate] = [await startEchoServer('stable'), await startEchoServer('candidate')];
    const settings = { stable: stable.url, candidate: candidate.url, weight: '100%' };
    const weir = await startWeir({ ...settings, timeouts: { drain: '1s' } });
    const session = await openSession(weir.ports.traffic);
    await weir.change('POST', '/v1/rollback', { reason: 'test' });
    expect(await session.closed).toBe(1006);
    await eventually(async () => expect((await weir.status()).rollback?.progress).toBe('verified'));
    const events = await weir.history();
    const atMs = (wanted: string) => Date.parse(events.find(({ progress }) => progress === wanted)?.at ?? '');
    // By far less than the drain time, because clocks are read a beat apart.
    expect(atMs('in-flight-drained') - atMs('detected')).toBeGreaterThan(500);
  });

  it('is closed after the drain time too when its upstream agreed only after it was rolled back', async () => {
    const stable = await startEchoServer('stable');
    let agree = (): void => undefined;
    const candidate = await startScriptedUpstream((socket) => {
      agree = () => void socket.resume().write(switching('echo'));
    });
    const settings = { stable: stable.url, candidate: candidate.url, weight: '100%' };
    const weir = await startWeir({ ...settings, timeouts: { drain: '300ms' } });
    const client = connectHalfOpen(weir.ports.traffic);
    client.socket.write(upgradeRequest('echo'));
    await eventually(() => expect(candidate.sockets).toHaveLength(1));
    expect((await weir.change('POST', '/v1/rollback', { reason: 'test' })).status).toBe(200);
    agree();
    await eventually(() => expect(client.text()).toMatch(/^HTTP\/1\.1 101 /));
    await eventually(() => expect(client.hasEnded()).toBe(true));
    expect(await tunnels(weir, 'candidate')).toBe(0);
  });

  it('has the drain time to end when the process does, and is then cut and counted', async () => {
    const { weir, client } = await startTunnel({ timeouts: { drain: '500ms' } });
    const stopped = weir.stop();
    client.socket.write('late');
    await stopped;
    await eventually(() => expect(client.hasEnded()).toBe(true));
    expect(weir.lines.at(-1)).toMatchObject({ fields: { cut: 1 } });

    const other = await startTunnel({ timeouts: { drain: '10s' } });
    const ended = other.weir.stop();
    other.upstream.end();
    other.client.socket.end();
    await ended;
    expect(other.weir.lines.at(-1)).toMatchObject({ fields: { cut: 0 } });
  });
});
