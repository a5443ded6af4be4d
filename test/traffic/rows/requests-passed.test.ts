import { describe, expect, it } from 'vitest';
import { get, post, startClient, startPlane, startScripted, statusesIn } from './plane.ts';
import type { Got } from './plane.ts';

/** What the upstream gets for this text on one connection with a marker behind it; both must be answered. */
async function passed(text: string, ...pieces: readonly string[]): Promise<Got> {
  const upstream = await startScripted();
  const { port } = await startPlane(upstream.port);
  const client = startClient(port, text, ...pieces, get('/marker'));
  expect(statusesIn(await client.until(/\/marker$/))).toEqual([200, 200]);
  expect(upstream.requests).toHaveLength(2);
  return upstream.requests[0]!;
}

const linesOf = ({ head }: Got): string[] => head.slice(0, -4).split('\r\n');
const valueOf = (got: Got, name: string): string | undefined =>
  linesOf(got)
    .find((line) => line.toLowerCase().startsWith(`${name}: `))
    ?.slice(name.length + 2);

describe('a request', () => {
  it.each([
    ['behind one empty line', `\r\n${get('/a')}`, 'GET /a HTTP/1.1'],
    ['with two slashes', get('//a/../b'), 'GET //a/../b HTTP/1.1'],
    ['with encoded bytes', get('/%00%0d%0a%2e'), 'GET /%00%0d%0a%2e HTTP/1.1'],
    ['in absolute form', 'GET http://b:80/a?x HTTP/1.1\r\nHost: a\r\n\r\n', 'GET /a?x HTTP/1.1'],
    ['in absolute form without a path', 'GET http://b HTTP/1.1\r\nHost: a\r\n\r\n', 'GET / HTTP/1.1'],
    ['in asterisk form', 'OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n', 'OPTIONS * HTTP/1.1'],
    ['of a method of its own', 'PURGE /a HTTP/1.1\r\nHost: a\r\n\r\n', 'PURGE /a HTTP/1.1'],
    ['of a lower-case method', 'get /a HTTP/1.1\r\nHost: a\r\n\r\n', 'get /a HTTP/1.1'],
  ])('%s passes', async (_name, text, line) => {
    expect(linesOf(await passed(text))[0]).toBe(line);
  });

  it('in absolute form has its authority as its Host', async () => {
    const got = await passed('GET http://b:80/a HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(linesOf(got).filter((line) => /^host:/i.test(line))).toEqual(['host: b:80']);
  });

  it.each(['GET', 'DELETE', 'OPTIONS', 'PATCH'])('%s keeps its body, by length and in chunks', async (method) => {
    const byLength = await passed(post('/a', ['Content-Length: 5'], 'hello').replace('POST', method));
    expect([valueOf(byLength, 'content-length'), byLength.body]).toEqual(['5', 'hello']);
    const chunks = await passed(
      post('/a', ['Transfer-Encoding: chunked'], '5\r\nhello\r\n0\r\n\r\n').replace('POST', method),
    );
    expect([valueOf(chunks, 'transfer-encoding'), chunks.body]).toEqual(['chunked', '5\r\nhello\r\n0\r\n\r\n']);
  });

  it('HEAD with a body keeps it', async () => {
    const upstream = await startScripted();
    const { port } = await startPlane(upstream.port);
    const client = startClient(
      port,
      post('/a', ['Content-Length: 31'], 'GET /x HTTP/1.1\r\nHost: smug\r\n\r\n').replace('POST', 'HEAD') +
        get('/marker'),
    );
    expect(statusesIn(await client.until(/\/marker$/))).toEqual([200, 200]);
    expect(upstream.requests.map(({ target }) => target)).toEqual(['/a', '/marker']);
  });

  it('in chunks loses its extensions and spells its coding one way', async () => {
    const body = '3;a=b;c="d;\\"e"\r\nhel\r\n02\r\nlo\r\n0;x\r\nX-T: 1\r\nExpires: 0\r\n\r\n';
    const got = await passed(post('/a', ['TRANSFER-ENCODING: ChUnKeD'], body));
    expect(valueOf(got, 'transfer-encoding')).toBe('chunked');
    expect(got.body).toBe('3\r\nhel\r\n02\r\nlo\r\n0\r\nX-T: 1\r\n\r\n');
  });

  it('keeps its boundaries wherever it is split', async () => {
    const text = post('/a', ['Transfer-Encoding: chunked'], '5;x\r\nhello\r\n0\r\nX-T: 1\r\n\r\n') + get('/marker');
    const upstream = await startScripted();
    const { port } = await startPlane(upstream.port);
    const clients = Array.from({ length: text.length - 1 }, (_, index) =>
      startClient(port, text.slice(0, index + 1), text.slice(index + 1)),
    );
    for (const client of clients) expect(statusesIn(await client.until(/\/marker$/))).toEqual([200, 200]);
    const bodies = upstream.requests.filter(({ target }) => target === '/a').map(({ body }) => body);
    expect(new Set(bodies)).toEqual(new Set(['5\r\nhello\r\n0\r\nX-T: 1\r\n\r\n']));
  });

  it('passes byte by byte', async () => {
    const text = post('/a', ['Content-Length: 5'], 'hello');
    expect((await passed(text[0]!, ...text.slice(1).split(''))).body).toBe('hello');
  });

  it('loses what concerns one hop, and what Connection names', async () => {
    const got = await passed(
      get(
        '/a',
        'Connection: X-A, keep-alive, TE',
        'X-A: 1',
        'x-a: 2',
        'X-B: 3',
        'Keep-Alive: 1',
        'Proxy-Connection: x',
        'TE: trailers, gzip',
        'Upgrade: x',
        'Proxy-Authorization: x',
        'Proxy-Authenticate: x',
      ),
    );
    const names = linesOf(got)
      .slice(1)
      .map((line) => line.slice(0, line.indexOf(':')).toLowerCase());
    expect(names).toContain('x-b');
    expect(names.filter((name) => /^(?:x-a|keep-alive|proxy-.*|upgrade)$/.test(name))).toEqual([]);
    expect(valueOf(got, 'te')).toBe('trailers');
    expect(valueOf(got, 'connection')).toBe('te');
  });

  it.each([
    ['Cookie', 'a=b'],
    ['Authorization', 'x'],
    ['X-Forwarded-Proto', 'https'],
    ['X-Forwarded-Host', 'h'],
    ['X-Forwarded-Port', '443'],
    ['Forwarded', 'for=x'],
    ['Traceparent', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'],
    ['X-Weir-Upstream', 'x'],
  ])('cannot have %s stripped by naming it', async (name, value) => {
    const got = await passed(get('/a', `Connection: ${name.toLowerCase()}`, `${name}: ${value}`));
    expect(valueOf(got, name.toLowerCase())).toBe(value);
  });

  it.each([
    ['Host', get('/a', 'Connection: host'), ''],
    ['Content-Length', post('/a', ['Connection: content-length', 'Content-Length: 5'], 'hello'), 'hello'],
    [
      'Transfer-Encoding',
      post('/a', ['Connection: transfer-encoding', 'Transfer-Encoding: chunked'], '0\r\n\r\n'),
      '0\r\n\r\n',
    ],
  ])('cannot have %s stripped either, which frames or routes it', async (name, text, body) => {
    const got = await passed(text);
    expect(valueOf(got, name.toLowerCase())).toBeDefined();
    expect(got.body).toBe(body);
  });

  it('says who asked: X-Forwarded-For grows, the others are set when absent', async () => {
    const fresh = await passed(get('/a'));
    expect(valueOf(fresh, 'x-forwarded-for')).toBe('127.0.0.1');
    expect(valueOf(fresh, 'x-forwarded-proto')).toBe('http');
    expect(valueOf(fresh, 'x-forwarded-host')).toBe('a');
    expect(valueOf(fresh, 'via')).toBe('1.1 weir');
    const grown = await passed(
      get('/a', 'X-Forwarded-For: 1.1.1.1', 'X-Forwarded-For: 2.2.2.2', 'X-Forwarded-Proto: https'),
    );
    expect(valueOf(grown, 'x-forwarded-for')).toBe('1.1.1.1, 2.2.2.2, 127.0.0.1');
    expect(valueOf(grown, 'x-forwarded-proto')).toBe('https');
  });

  it('has a traceparent, its own when that is valid', async () => {
    const fresh = await passed(get('/a', 'Traceparent: 00-0-0-00', 'Tracestate: a=b'));
    expect(valueOf(fresh, 'traceparent')).toMatch(/^00-[\da-f]{32}-[\da-f]{16}-01$/);
    expect(valueOf(fresh, 'tracestate')).toBeUndefined();
  });

  it('may pass three of us, and not a fourth', async () => {
    await passed(get('/a', 'Via: 1.1 weir, 1.1 weir', 'Via: 1.0 weir'));
  });

  it('keeps bytes of 0x80 to 0xFF in its values', async () => {
    expect(valueOf(await passed(get('/a', 'X-B: \u0080\u00ff')), 'x-b')).toBe('\u0080\u00ff');
  });
});

describe('an HTTP/1.0 client', () => {
  it.each([
    ['closed after its answer', '', 'close'],
    ['kept when it asks for that', 'Connection: keep-alive\r\n', 'keep-alive'],
  ])('is %s', async (_name, line, connection) => {
    const upstream = await startScripted();
    const { port } = await startPlane(upstream.port);
    const client = startClient(port, `GET /a HTTP/1.0\r\n${line}\r\nGET /marker HTTP/1.0\r\n\r\n`);
    const text = await client.untilClosed();
    expect(text).toMatch(new RegExp(`\\r\\nconnection: ${connection}\\r\\n`));
    expect(statusesIn(text)).toHaveLength(line === '' ? 1 : 2);
    expect(upstream.requests[0]!.head).toMatch(/^GET \/a HTTP\/1\.1\r\nhost: 127\.0\.0\.1:\d+\r\n/);
    expect(upstream.requests[0]!.head).toMatch(/via: 1\.0 weir/);
  });
});

describe('a connection', () => {
  it('answers what is pipelined in order, one at a time', async () => {
    const upstream = await startScripted();
    const { port } = await startPlane(upstream.port);
    const targets = Array.from({ length: 50 }, (_, index) => `/${String(index).padStart(2, '0')}`);
    const client = startClient(port, targets.map((target) => get(target)).join(''));
    const text = await client.until(/\/49$/);
    expect([...text.matchAll(/\r\n\r\n(\/\d\d)/g)].map((match) => match[1])).toEqual(targets);
    expect(upstream.requests.map(({ target }) => target)).toEqual(targets);
    expect(upstream.sockets).toHaveLength(1);
  });

  it('that is half-closed behind its requests gets all their answers, and is then closed', async () => {
    const upstream = await startScripted();
    const { port } = await startPlane(upstream.port);
    const client = startClient(port);
    client.socket.end(get('/a') + get('/b') + 'GET /half');
    const text = await client.untilClosed();
    expect(statusesIn(text)).toEqual([200, 200]);
    expect(client.state()).toBe('ended');
  });

  it('that asks to be closed is, and what stands behind is not read', async () => {
    const upstream = await startScripted();
    const { port } = await startPlane(upstream.port);
    const client = startClient(port, get('/a', 'Connection: close') + get('/b'));
    expect(statusesIn(await client.untilClosed())).toEqual([200]);
    expect(upstream.requests).toHaveLength(1);
  });
});
