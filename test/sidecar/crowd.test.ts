import { describe, expect, it } from 'vitest';
import { clockAhead } from './ahead.ts';
import { ask, connectRaw } from './client.ts';
import { eventually, settled } from './eventually.ts';
import { pump } from './pump.ts';
import { silent, startUpstream } from './upstream.ts';
import { startWeir } from './weir.ts';

const BODY_BYTES = 96 * 1024 * 1024;
const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

describe('a connection beyond limits.connections', () => {
  it('is told 503 and closed, also when it asks at once, and those inside are served on', async () => {
    const stable = await startUpstream('stable');
    const weir = await startWeir({ stable: stable.url, limits: { connections: 3 } });
    const inside = [0, 1, 2].map(() => connectRaw(weir.ports.traffic, GET));
    await eventually(() => inside.forEach((client) => expect(client.text()).toContain('200')));
    const outside = Array.from({ length: 20 }, () => connectRaw(weir.ports.traffic, GET.repeat(50)));
    await eventually(() => {
      for (const client of outside) {
        expect(client.text()).toMatch(/^HTTP\/1\.1 503 [\s\S]*x-weir-error: too-many-connections/);
        expect(client.isClosed()).toBe(true);
      }
    });
    for (const client of inside) client.socket.write(GET);
    await eventually(() => inside.forEach((client) => expect(client.text().split('HTTP/1.1 200').length).toBe(3)));
    expect(await weir.metric('weir_request_failures_total')).toBe(0);
  });

  it('finds room again when one has left', async () => {
    const stable = await startUpstream('stable');
    const weir = await startWeir({ stable: stable.url, limits: { connections: 1 } });
    const first = connectRaw(weir.ports.traffic, GET);
    await eventually(() => expect(first.text()).toContain('200'));
    expect((await ask(weir.traffic)).status).toBe(503);
    first.socket.destroy();
    await eventually(async () => expect((await ask(weir.traffic)).status).toBe(200));
  });
});

describe('a client that drips', () => {
  it('its head is answered with 408 when timeouts.requestHead is over, however it drips', async () => {
    const stable = await startUpstream('stable');
    const weir = await startWeir({ stable: stable.url, timeouts: { requestHead: '300ms' } });
    const client = connectRaw(weir.ports.traffic, 'GET / HTTP/1.1\r\nHost: a\r\nX-Drip: ');
    const dripping = setInterval(() => client.socket.write('x'), 20);
    await eventually(() => expect(client.isClosed()).toBe(true));
    clearInterval(dripping);
    expect(client.text()).toMatch(/^HTTP\/1\.1 408 /);
    expect(stable.requests).toHaveLength(0);
  });

  it('and falls silent inside its body is told so after timeouts.body, at nobody’s cost', async () => {
    const stable = await startUpstream('stable', silent);
    const weir = await startWeir({ stable: stable.url, timeouts: { body: '300ms' } });
    const client = connectRaw(weir.ports.traffic, 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf');
    await eventually(() => expect(client.isClosed()).toBe(true));
    expect(client.text()).toMatch(/^HTTP\/1\.1 408 /);
    expect(await weir.metric('weir_request_failures_total')).toBe(0);
    expect(await weir.metric('weir_client_aborts_total')).toBe(1);
  });

  it('nothing at all is closed without a word after timeouts.keepAlive', async () => {
    const stable = await startUpstream('stable');
    const weir = await startWeir({ stable: stable.url, timeouts: { keepAlive: '300ms' } });
    const client = connectRaw(weir.ports.traffic);
    await eventually(() => expect(client.isClosed()).toBe(true));
    expect(client.text()).toBe('');
  });
});

describe('an upstream that takes no body', () => {
  it('is given up after timeouts.body, and that is its own fault', async () => {
    const stable = await startUpstream('stable', (request) => void request.pause());
    const clock = clockAhead();
    const weir = await startWeir({ stable: stable.url, timeouts: { body: '60s' } }, clock);
    const head = `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${BODY_BYTES}\r\n\r\n`;
    const client = connectRaw(weir.ports.traffic, head);
    const pumped = pump(client.socket, BODY_BYTES);
    await eventually(() => expect(stable.requests).toHaveLength(1));
    // Everything between them is full: it is the upstream that is waited for.
    expect(await settled(pumped.writtenBytes)).toBeLessThan(BODY_BYTES);
    clock.jump(60_000);
    await eventually(() => expect(client.text()).toMatch(/^HTTP\/1\.1 504 /));
    expect(await weir.metric('weir_request_failures_total', { upstream: 'stable', reason: 'timed-out' })).toBe(1);
  });
});
