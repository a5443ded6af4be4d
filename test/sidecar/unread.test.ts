import { describe, expect, it } from 'vitest';
import { connectRaw } from './client.ts';
import { eventually, settled } from './eventually.ts';
import { startUpstream } from './upstream.ts';
import { startWeir } from './weir.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

describe('a client that reads nothing', () => {
  it('and asks on and on is not asked for: what waits for it stays bounded', async () => {
    // Each answer comes in one piece, so that it is over before anybody could have paused it.
    const body = Buffer.alloc(16 * KIB, 'x');
    const stable = await startUpstream('stable', (_request, response) => void response.end(body));
    const weir = await startWeir({ stable: stable.url });
    const { socket, text } = connectRaw(weir.ports.traffic);
    socket.pause();
    const count = 3000;
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(count));
    expect(await settled(() => stable.requests.length)).toBeLessThan(count * 0.75);
    // It goes on where it stopped, and nothing is lost.
    socket.resume();
    await eventually(() => expect(text().split('HTTP/1.1 200 OK').length - 1).toBe(count));
    await eventually(() => expect(text().endsWith('x'.repeat(body.length))).toBe(true));
    expect(stable.requests).toHaveLength(count);
  });

  it('for longer than timeouts.body is cut, and its upstream is free again', async () => {
    let isClosed = false;
    const stable = await startUpstream('stable', (_request, response) => {
      response.end(Buffer.alloc(64 * MIB));
      response.on('close', () => (isClosed = true));
    });
    const weir = await startWeir({ stable: stable.url, timeouts: { body: '300ms' } });
    const { socket } = connectRaw(weir.ports.traffic);
    socket.pause();
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await eventually(() => expect(isClosed).toBe(true));
    await eventually(async () => expect(await weir.metric('weir_in_flight')).toBe(0));
    expect(await weir.metric('weir_client_aborts_total')).toBe(1);
    expect(await weir.metric('weir_request_failures_total')).toBe(0);
  });
});
