import { describe, expect, it } from 'vitest';
import { ask, connectRaw } from './client.ts';
import { eventually } from './eventually.ts';
import { startRawUpstream, startUpstream } from './upstream.ts';
import { startWeir } from './weir.ts';

/** Sends a request head and returns the request that the upstream got. */
async function forwarded(lines: readonly string[]) {
  const stable = await startUpstream('stable');
  const weir = await startWeir({ stable: stable.url });
  const client = connectRaw(weir.ports.traffic, `${lines.join('\r\n')}\r\n\r\n`);
  await eventually(() => expect(client.text()).toContain('stable'));
  return stable.requests[0]!;
}

describe('a request on its way', () => {
  it('leaves behind what concerns one connection only', async () => {
    const { headers } = await forwarded([
      'GET /a?b=%2F HTTP/1.1',
      'Host: shop.example',
      'Connection: close, X-Inner',
      'X-Inner: 1',
      'Keep-Alive: timeout=9',
      'Proxy-Connection: keep-alive',
      'Proxy-Authorization: Basic eA==',
      'TE: gzip',
      'Upgrade: websocket',
      'X-Kept: yes',
    ]);
    const dropped = ['x-inner', 'keep-alive', 'proxy-connection', 'proxy-authorization', 'te', 'upgrade'];
    expect(dropped.filter((name) => headers[name] !== undefined)).toEqual([]);
    expect(headers.connection ?? '').not.toMatch(/inner|close/i);
    expect(headers['x-kept']).toBe('yes');
  });

  it('keeps fields that trust rests on, even when Connection names them', async () => {
    const { headers } = await forwarded([
      'GET / HTTP/1.1',
      'Host: shop.example',
      'Connection: Authorization, Cookie, X-Forwarded-For, Host',
      'Authorization: Bearer abc',
      'Cookie: user=1',
      'X-Forwarded-For: 10.1.2.3',
    ]);
    expect(headers).toMatchObject({ authorization: 'Bearer abc', cookie: 'user=1', host: 'shop.example' });
    expect(headers['x-forwarded-for']).toBe('10.1.2.3, 127.0.0.1');
  });

  it('says for whom, how and through whom it comes', async () => {
    const { headers } = await forwarded(['GET / HTTP/1.1', 'Host: shop.example', 'Via: 1.0 edge']);
    expect(headers).toMatchObject({
      host: 'shop.example',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': 'shop.example',
      via: '1.0 edge, 1.1 weir',
    });
  });

  it('keeps what a proxy in front has said of the client', async () => {
    const { headers } = await forwarded([
      'GET / HTTP/1.1',
      'Host: inner',
      'X-Forwarded-For: 10.1.2.3',
      'X-Forwarded-Proto: https',
      'X-Forwarded-Host: shop.example',
    ]);
    expect(headers).toMatchObject({
      'x-forwarded-for': '10.1.2.3, 127.0.0.1',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'shop.example',
    });
  });

  it('keeps its method, target and body as they are', async () => {
    const request = await forwarded(['POST //a/../b%2f?q=1;2 HTTP/1.1', 'Host: shop.example', 'Content-Length: 0']);
    expect([request.method, request.url, request.headers['content-length']]).toEqual([
      'POST',
      '//a/../b%2f?q=1;2',
      '0',
    ]);
  });
});

describe('an answer on its way', () => {
  it('leaves behind what concerns one connection only, and names Weir', async () => {
    const stable = await startRawUpstream((socket) => {
      socket.end(
        [
          'HTTP/1.1 203 Fine',
          'Content-Length: 2',
          'Connection: close, X-Inner',
          'X-Inner: 1',
          'Keep-Alive: timeout=3',
          'Proxy-Authenticate: Basic',
          'Set-Cookie: a=1',
          'Set-Cookie: b=2',
          'X-Kept: yes',
          '',
          'ok',
        ].join('\r\n'),
      );
    });
    const weir = await startWeir({ stable: stable.url });
    const { status, headers, text } = await ask(weir.traffic);
    expect([status, text]).toEqual([203, 'ok']);
    expect(headers).toMatchObject({ 'x-kept': 'yes', via: '1.1 weir', 'set-cookie': ['a=1', 'b=2'] });
    expect(headers['x-inner']).toBeUndefined();
    expect(headers['proxy-authenticate']).toBeUndefined();
    expect(headers['keep-alive']).not.toBe('timeout=3');
    expect(headers['x-weir-error']).toBeUndefined();
  });

  it.each([201, 204, 304, 404, 500, 503])('of status %i stays the upstream’s own', async (status) => {
    const stable = await startUpstream('stable', (_request, response) => void response.writeHead(status).end());
    const weir = await startWeir({ stable: stable.url });
    const answer = await ask(weir.traffic);
    expect([answer.status, answer.headers['x-weir-error'], answer.text]).toEqual([status, undefined, '']);
  });

  it('to HEAD has the fields of the body and no body', async () => {
    const stable = await startUpstream('stable', (_request, response) => {
      response.writeHead(200, { 'content-length': '12' }).end();
    });
    const weir = await startWeir({ stable: stable.url });
    const answer = await ask(weir.traffic, { method: 'HEAD' });
    expect([answer.status, answer.headers['content-length'], answer.text]).toEqual([200, '12', '']);
  });
});

describe('an answer made by Weir itself', () => {
  it('is 503 with a time to come back when too much is under way', async () => {
    const stable = await startUpstream('stable', () => undefined);
    const weir = await startWeir({ stable: stable.url, limits: { inFlight: 1 } });
    connectRaw(weir.ports.traffic, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await eventually(() => expect(stable.requests).toHaveLength(1));
    const answer = await ask(weir.traffic);
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '1']);
    expect(answer.headers['x-weir-error']).toBeTruthy();
    expect(stable.requests).toHaveLength(1);
    expect(await weir.metric('weir_request_failures_total')).toBe(0);
  });

  it.each([
    [400, 'no Host', 'GET / HTTP/1.1\r\n\r\n'],
    [400, 'nonsense', 'nonsense\r\n\r\n'],
    [431, 'a head beyond the limit', `GET / HTTP/1.1\r\nHost: a\r\nX-Long: ${'x'.repeat(40_000)}\r\n\r\n`],
  ])('is %i for %s, and the connection is closed', async (status, _name, bytes) => {
    const stable = await startUpstream('stable');
    const weir = await startWeir({ stable: stable.url });
    const client = connectRaw(weir.ports.traffic, bytes);
    await eventually(() => expect(client.isClosed()).toBe(true));
    expect(client.text()).toMatch(new RegExp(`^HTTP/1\\.[01] ${status} `));
    expect(stable.requests).toHaveLength(0);
  });
});
