import type { Request, Response } from 'express';
import express from 'express';
import { describe, expect, it, onTestFinished } from 'vitest';
import { sendPieces } from '../../src/admin/pieces.ts';
import { ask, connectRaw } from '../sidecar/client.ts';
import { eventually, settled } from '../sidecar/eventually.ts';
import { listen } from '../sidecar/upstream.ts';
import { createServer } from 'node:http';

/** Serves that many items of that size, and counts those that have become text. */
async function serve(count: number, itemBytes: number) {
  const text = 'x'.repeat(itemBytes);
  const seen = { items: 0, answers: 0 };
  const items = Array.from({ length: count }, (_, index) => ({
    toJSON() {
      seen.items += 1;
      return { index, text };
    },
  }));
  const app = express().use(async (request: Request, response: Response) => {
    await sendPieces(request, response, 'items', items);
    seen.answers += 1;
  });
  const server = createServer(app);
  const port = await listen(server, 0);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port, url: `http://127.0.0.1:${port}/`, seen };
}

const GET = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n';

describe('a list sent in pieces', () => {
  it.each([0, 1, 2000])('is one JSON document of %d items', async (count) => {
    const { url } = await serve(count, 100);
    const { headers, text } = await ask(url);
    const { items } = JSON.parse(text) as { items: { index: number }[] };
    expect(headers['content-type']).toMatch(/^application\/json/);
    expect(items.map(({ index }) => index)).toEqual(Array.from({ length: count }, (_, index) => index));
  });

  it('has no body for HEAD, and costs nothing then', async () => {
    const { url, seen } = await serve(1000, 100);
    const { status, text } = await ask(url, { method: 'HEAD' });
    expect([status, text, seen.items]).toEqual([200, '', 0]);
  });

  it('waits for a reader who does not read, and ends when he leaves', async () => {
    const { port, seen } = await serve(1000, 100_000);
    const { socket } = connectRaw(port);
    socket.pause();
    socket.write(GET);
    await eventually(() => expect(seen.items).toBeGreaterThan(0));
    expect(await settled(() => seen.items)).toBeLessThan(500);
    socket.destroy();
    await eventually(() => expect(seen.answers).toBe(1));
    expect(seen.items).toBeLessThan(500);
  });
});
