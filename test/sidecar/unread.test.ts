import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { clockAhead } from './ahead.ts';
import { connectRaw } from './client.ts';
import { eventually, settled } from './eventually.ts';
import { pump } from './pump.ts';
import { startUpstream } from './upstream.ts';
import { startWeir } from './weir.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

/** Counts the whole answers as they come, each with a body of so many bytes and none beside it. */
function answersRead(socket: Socket, bodyBytes: number): () => number {
  let count = 0;
  let rest = '';
  socket.on('data', (chunk: Buffer) => {
    rest += chunk.toString('latin1');
    for (;;) {
      const end = rest.indexOf('\r\n\r\n') + 4 + bodyBytes;
      if (end < 4 + bodyBytes || rest.length < end) return;
      expect(rest.startsWith('HTTP/1.1 200 OK\r\n')).toBe(true);
      rest = rest.slice(end);
      count += 1;
    }
  });
  return () => count;
}

describe('a client that reads nothing', () => {
  it('and asks on and on is not asked for: what waits for it stays bounded', async () => {
    // Each answer comes in one piece, so that it is over before anybody could have paused it.
    const body = Buffer.alloc(16 * KIB, 'x');
    const stable = await startUpstream('stable', (_request, response) => void response.end(body));
    const weir = await startWeir({ stable: stable.url });
    const { socket } = connectRaw(weir.ports.traffic);
    socket.removeAllListeners('data');
    socket.pause();
    const count = 3000;
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(count));
    expect(await settled(() => stable.requests.length)).toBeLessThan(count * 0.75);
    // It goes on where it stopped, and nothing is lost.
    const read = answersRead(socket, body.length);
    socket.resume();
    await eventually(() => expect(read()).toBe(count));
    expect(stable.requests).toHaveLength(count);
  });

  it('for longer than timeouts.body is cut, and its upstream is free again', async () => {
    let isClosed = false;
    let pumped: ReturnType<typeof pump> | null = null;
    const stable = await startUpstream('stable', (_request, response) => {
      pumped = pump(response, 64 * MIB);
      response.on('close', () => (isClosed = true));
    });
    const clock = clockAhead();
    const weir = await startWeir({ stable: stable.url, timeouts: { body: '60s' } }, clock);
    const { socket } = connectRaw(weir.ports.traffic);
    socket.pause();
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await eventually(() => expect(pumped).not.toBeNull());
    // Everything between them is full: it is the client that is waited for.
    expect(await settled(() => pumped!.writtenBytes())).toBeLessThan(64 * MIB);
    clock.jump(60_000);
    await eventually(() => expect(isClosed).toBe(true));
    await eventually(async () => expect(await weir.metric('weir_in_flight')).toBe(0));
    expect(await weir.metric('weir_client_aborts_total')).toBe(1);
    expect(await weir.metric('weir_request_failures_total')).toBe(0);
  });
});
