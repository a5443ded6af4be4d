import { createHash, randomBytes } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { describe, expect, it } from 'vitest';
import { ask, connectRaw } from './client.ts';
import { eventually, settled } from './eventually.ts';
import { pump } from './pump.ts';
import { startUpstream } from './upstream.ts';
import { startWeir } from './weir.ts';

const MIB = 1024 * 1024;
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
describe('a body', () => {
  it.each(['content-length', 'chunked'])('of some megabytes passes up and down whole (%s)', async (framing) => {
    const stable = await startUpstream('stable', (request, response) => {
      if (framing === 'content-length') response.setHeader('content-length', request.headers['content-length']!);
      void pipeline(request, response).catch(() => undefined);
    });
    const weir = await startWeir({ stable: stable.url });
    const bytes = randomBytes(4 * MIB);
    const echoed = await echo(weir.traffic, bytes, framing === 'chunked');
    expect(echoed.length).toBe(bytes.length);
    expect(sha256(echoed)).toBe(sha256(bytes));
  });

  it('reaches the other side before it is complete, in both directions', async () => {
    const stable = await startUpstream('stable', (request, response) => {
      request.on('data', (chunk: Buffer) => response.write(chunk));
      request.on('end', () => response.end());
    });
    const weir = await startWeir({ stable: stable.url });
    const client = connectRaw(weir.ports.traffic, 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n');
    client.socket.write('6\r\nfirst.\r\n');
    await eventually(() => expect(client.text()).toContain('first.'));
    client.socket.write('7\r\nsecond.\r\n');
    await eventually(() => expect(client.text()).toContain('second.'));
    client.socket.write('0\r\n\r\n');
    await eventually(() => expect(client.text()).toMatch(/0\r\n\r\n$/));
  });

  it('that the client stops reading makes the upstream stop writing, and goes on when the client does', async () => {
    const totalBytes = 64 * MIB;
    let pumped: ReturnType<typeof pump> | null = null;
    const stable = await startUpstream('stable', (_request, response) => {
      response.setHeader('content-length', totalBytes);
      pumped = pump(response, totalBytes, () => response.end());
    });
    const weir = await startWeir({ stable: stable.url });
    const { socket } = connectRaw(weir.ports.traffic);
    socket.removeAllListeners('data');
    socket.pause();
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await eventually(() => expect(pumped).not.toBeNull());
    expect(await settled(() => pumped!.writtenBytes())).toBeLessThan(totalBytes * 0.75);
    let readBytes = 0;
    socket.on('data', (chunk: Buffer) => (readBytes += chunk.length));
    socket.resume();
    await eventually(() => expect(readBytes).toBeGreaterThan(totalBytes));
    expect((await ask(weir.traffic, { method: 'HEAD' })).status).toBe(200);
  });

  it('that the upstream stops reading makes the client stop writing, and goes on when the upstream does', async () => {
    const totalBytes = 64 * MIB;
    const stable = await startUpstream('stable', (request, response) => {
      request.pause();
      request.on('end', () => response.end('all read'));
    });
    const weir = await startWeir({ stable: stable.url });
    const client = connectRaw(
      weir.ports.traffic,
      `POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: ${totalBytes}\r\n\r\n`,
    );
    const pumped = pump(client.socket, totalBytes, () => undefined);
    await eventually(() => expect(stable.requests).toHaveLength(1));
    expect(await settled(() => pumped.writtenBytes())).toBeLessThan(totalBytes * 0.75);
    stable.requests[0]!.resume();
    await eventually(() => expect(client.text()).toContain('all read'));
  });
});

async function echo(url: string, bytes: Buffer, isChunked: boolean): Promise<Buffer> {
  const how: RequestInit = isChunked ? { body: new Blob([bytes]).stream(), duplex: 'half' } : { body: bytes };
  const answer = await fetch(url, { method: 'POST', ...how });
  return Buffer.from(await answer.arrayBuffer());
}
