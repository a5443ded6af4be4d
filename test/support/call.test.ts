import { describe, expect, it, vi } from 'vitest';
import { call } from '../../src/support/call.ts';
import { startRawUpstream, startUpstream } from '../sidecar/upstream.ts';

const wish = (url: string) =>
  ({ method: 'POST', url, timeoutMs: 60_000, body: { a: 1 }, maxAnswerBytes: 65_536 }) as const;

describe('a call that Weir makes', () => {
  it('follows no redirect, so that no answer chooses where it goes next', async () => {
    const elsewhere = await startUpstream('elsewhere');
    const first = await startUpstream('first', (request, response) => {
      request.resume();
      response.writeHead(307, { location: `${elsewhere.url}/inside` }).end();
    });
    expect(await call(wish(first.url))).toMatchObject({ status: 307 });
    expect(elsewhere.requests).toEqual([]);
  });

  it('obeys no proxy of the environment', async () => {
    const [proxy, receiver] = [await startUpstream('proxy'), await startUpstream('receiver')];
    for (const name of ['HTTP_PROXY', 'http_proxy', 'ALL_PROXY']) vi.stubEnv(name, proxy.url);
    vi.stubEnv('NO_PROXY', '');
    try {
      expect(await call(wish(receiver.url))).toMatchObject({ status: 200, body: 'receiver' });
    } finally {
      vi.unstubAllEnvs();
    }
    expect(proxy.requests).toEqual([]);
  });

  it('is made on a connection of its own, because one that was kept may be closing just then', async () => {
    const upstream = await startRawUpstream((socket) => {
      // Whoever uses it again is too late.
      if (socket.bytesWritten > 0) socket.destroy();
      else socket.write('HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n');
    });
    const { url } = upstream;
    const ask = () => call({ method: 'GET', url, timeoutMs: 60_000 });
    expect([await ask(), await ask()].map(({ status }) => status)).toEqual([200, 200]);
  });

  it('reads no more of an answer than it may', async () => {
    const talker = await startUpstream('talker', (request, response) => {
      request.resume();
      response.end('x'.repeat(70_000));
    });
    expect(await call(wish(talker.url))).toMatchObject({ status: 0, body: '' });
  });

  it.each([10, 70_000, 10_000_000])(
    'has its status, whatever follows, where that is all that it asks for (%d bytes)',
    async (length) => {
      const talker = await startUpstream('talker', (request, response) => {
        request.resume();
        response.writeHead(201).end('x'.repeat(length));
      });
      const { maxAnswerBytes: _, ...asked } = wish(talker.url);
      expect(await call(asked)).toEqual({ status: 201, text: '201', retryAfter: null, body: '' });
    },
  );

  it('is lost where what follows the status does not come to its end in time, or breaks off', async () => {
    const dripping = await startUpstream('dripping', (request, response) => {
      request.resume();
      response.writeHead(200).write('x');
    });
    const breaking = await startUpstream('breaking', (request, response) => {
      request.resume();
      response.writeHead(200, { 'content-length': '9' }).write('x', () => response.destroy());
    });
    const { maxAnswerBytes: _, ...asked } = wish(dripping.url);
    expect(await call({ ...asked, timeoutMs: 200 })).toMatchObject({ status: 0, text: 'no answer within 200 ms' });
    expect(await call({ ...asked, url: breaking.url })).toMatchObject({ status: 0 });
  });
});
