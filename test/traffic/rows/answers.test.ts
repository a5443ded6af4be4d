import { describe, expect, it } from 'vitest';
import { eventually } from '../../sidecar/eventually.ts';
import type { Got, RawClient, RunningPlane, ScriptedUpstream } from './plane.ts';
import { echo, get, post, startClient, startPlane, startScripted, statusesIn } from './plane.ts';

interface Scene {
  readonly upstream: ScriptedUpstream;
  readonly plane: RunningPlane;
  readonly client: RawClient;
}

const isAttack = ({ target }: Got): boolean => target === '/attack';

/** `/attack` is answered with this text, and then with a FIN or a reset if it says so; everything else with its target. */
async function stage(answer: string, ending: 'none' | 'fin' | 'reset', request: string): Promise<Scene> {
  const upstream = await startScripted();
  upstream.answer = (got) => {
    if (!isAttack(got)) return echo(got);
    got.socket.write(answer, 'latin1', () => {
      if (ending === 'fin') got.socket.end();
      if (ending === 'reset') setImmediate(() => got.socket.resetAndDestroy());
    });
    return null;
  };
  const plane = await startPlane(upstream.port);
  return { upstream, plane, client: startClient(plane.port, request) };
}

const attack = (...lines: readonly string[]): string => get('/attack', ...lines);
const ok = (lines: readonly string[], body = ''): string => ['HTTP/1.1 200 OK', ...lines, '\r\n'].join('\r\n') + body;
const interims = (count: number, line = 'HTTP/1.1 103 Early\r\n\r\n'): string => line.repeat(count);
const FINE = ok(['Content-Length: 2'], 'hi');

const MALFORMED: readonly (readonly [name: string, answer: string])[] = [
  ['no status line', 'hello\r\n\r\n'],
  ['HTTP/0.9', '<html>'],
  ['HTTP/2.0', 'HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n'],
  ['HTTP/1.2', 'HTTP/1.2 200 OK\r\nContent-Length: 0\r\n\r\n'],
  ['another protocol', 'ICY 200 OK\r\n\r\n'],
  ['a status of two digits', 'HTTP/1.1 20 OK\r\n\r\n'],
  ['a status of four digits', 'HTTP/1.1 2000 OK\r\n\r\n'],
  ['a status of 0', 'HTTP/1.1 000 OK\r\n\r\n'],
  ['a status of 600', 'HTTP/1.1 600 OK\r\n\r\n'],
  ['two spaces', 'HTTP/1.1  200 OK\r\n\r\n'],
  ['a NUL in the reason', 'HTTP/1.1 200 O\0K\r\n\r\n'],
  ['an empty line before it', `\r\n${FINE}`],
  ['a bare LF', FINE.replace('\r\n', '\n')],
  ['a bare CR', ok(['X: a\rb', 'Content-Length: 0'])],
  ['a NUL', ok(['X: a\0b', 'Content-Length: 0'])],
  ['a folded line', ok(['X: a', ' b', 'Content-Length: 0'])],
  ['a space before the colon', ok(['X : a', 'Content-Length: 0'])],
  ['an empty name', ok([': a', 'Content-Length: 0'])],
  ['two Content-Lengths', ok(['Content-Length: 2', 'Content-Length: 2'], 'hi')],
  ['two different Content-Lengths', ok(['Content-Length: 2', 'Content-Length: 3'], 'hi')],
  ['a list of Content-Lengths', ok(['Content-Length: 2, 2'], 'hi')],
  ['a negative Content-Length', ok(['Content-Length: -2'], 'hi')],
  ['a Content-Length that is no number', ok(['Content-Length: x'], 'hi')],
  ['Content-Length and chunks', ok(['Content-Length: 5', 'Transfer-Encoding: chunked'], '0\r\n\r\n')],
  ['another coding', ok(['Transfer-Encoding: gzip'], 'hi')],
  ['another coding before chunked', ok(['Transfer-Encoding: gzip, chunked'], '0\r\n\r\n')],
  ['chunks in HTTP/1.0', 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
  ['a head over 64 KiB', ok([`X: ${'a'.repeat(70_000)}`, 'Content-Length: 0'])],
  ['a 101 that nobody asked for', `HTTP/1.1 101 Switch\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n${FINE}`],
  ['33 interim answers', interims(33) + FINE],
  ['17 KiB of interim answers', interims(17, `HTTP/1.1 103 Early\r\nX: ${'a'.repeat(1000)}\r\n\r\n`) + FINE],
  ['an interim answer that closes', `HTTP/1.1 103 Early\r\nConnection: close\r\n\r\n${FINE}`],
];

describe('an answer', () => {
  it.each(MALFORMED)(
    'with %s becomes 502, and the next request gets its own on a fresh connection',
    async (_name, answer) => {
      const { upstream, plane, client } = await stage(answer, 'none', attack() + get('/marker'));
      const text = await client.until(/\/marker$/);
      expect(statusesIn(text).filter((status) => status !== 103)).toEqual([502, 200]);
      expect(text).toMatch(/x-weir-error: malformed-answer/);
      expect(plane.outcomes).toEqual(['malformed', 'answered']);
      expect(upstream.sockets).toHaveLength(2);
      expect(upstream.texts[0]).not.toContain('marker');
    },
  );

  const BROKEN: readonly (readonly [name: string, answer: string, outcome: string])[] = [
    ['too few bytes', ok(['Content-Length: 5'], 'hi'), 'cut-short'],
    ['half a chunk', ok(['Transfer-Encoding: chunked'], '5\r\nhe'), 'cut-short'],
    ['no last chunk', ok(['Transfer-Encoding: chunked'], '5\r\nhello\r\n'), 'cut-short'],
    ['half a trailer', ok(['Transfer-Encoding: chunked'], '5\r\nhello\r\n0\r\nX: y'), 'cut-short'],
    ['a chunk size that is none', ok(['Transfer-Encoding: chunked'], '5\r\nhello\r\nx\r\n'), 'malformed'],
    ['a chunk that is too long', ok(['Transfer-Encoding: chunked'], '4\r\nhello\r\n0\r\n\r\n'), 'malformed'],
    ['a framing field in a trailer', ok(['Transfer-Encoding: chunked'], '0\r\nContent-Length: 3\r\n\r\n'), 'malformed'],
    ['a bare LF behind a chunk size', ok(['Transfer-Encoding: chunked'], '5\nhello\r\n0\r\n\r\n'), 'malformed'],
  ];
  it.each(BROKEN)('with %s in its body ends in a cut, never in a well-formed end', async (_name, answer, outcome) => {
    const { plane, client } = await stage(answer, 'fin', attack() + get('/marker'));
    const text = await client.untilClosed();
    expect(statusesIn(text)).toEqual([200]);
    expect(text).not.toContain('0\r\n\r\n');
    expect(plane.outcomes).toEqual([outcome]);
  });

  it.each(['fin', 'reset'] as const)(
    'that is not complete for an HTTP/1.0 client ends in a reset, after a %s',
    async (ending) => {
      const request = 'GET /attack HTTP/1.0\r\n\r\n';
      const { client } = await stage(ok(['Transfer-Encoding: chunked'], '5\r\nhello\r\n'), ending, request);
      await client.untilClosed();
      expect(client.state()).toBe('cut');
    },
  );

  it.each(['fin', 'reset'] as const)('that does not come before a %s becomes 502', async (ending) => {
    const { plane, client } = await stage('', ending, attack() + get('/marker'));
    const text = await client.until(/\/marker$/);
    expect(statusesIn(text)).toEqual([502, 200]);
    expect(plane.outcomes).toEqual(['reset', 'answered']);
  });

  it('whose head is cut in half becomes 502', async () => {
    const { plane, client } = await stage('HTTP/1.1 200 OK\r\nContent-Le', 'fin', attack() + get('/marker'));
    expect(statusesIn(await client.until(/\/marker$/))).toEqual([502, 200]);
    expect(plane.outcomes[0]).toBe('reset');
  });

  it('that ends with its connection is chunked for HTTP/1.1, whose own is kept', async () => {
    const { client } = await stage(ok([], 'hello'), 'fin', attack() + get('/marker'));
    const text = await client.until(/\/marker$/);
    expect(text).toContain('transfer-encoding: chunked');
    expect(text).toContain('\r\n\r\n5\r\nhello\r\n0\r\n\r\nHTTP/1.1 200');
  });

  it('that ends with its connection ends with it for HTTP/1.0 too', async () => {
    const { client } = await stage(ok([], 'hello'), 'fin', 'GET /attack HTTP/1.0\r\nConnection: keep-alive\r\n\r\n');
    const text = await client.untilClosed();
    expect(text).toMatch(/\r\nconnection: close\r\n/);
    expect(text).not.toMatch(/chunked/);
    expect(text).toMatch(/\r\n\r\nhello$/);
    expect(client.state()).toBe('ended');
  });

  it('in chunks is unwrapped for HTTP/1.0', async () => {
    const chunks = '3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\nX-T: 1\r\n\r\n';
    const { client } = await stage(ok(['Transfer-Encoding: chunked'], chunks), 'none', 'GET /attack HTTP/1.0\r\n\r\n');
    const text = await client.untilClosed();
    expect(text).not.toMatch(/chunked|X-T/);
    expect(text).toMatch(/\r\n\r\nhello$/);
    expect(client.state()).toBe('ended');
  });

  it('in chunks goes on without extensions, with its allowed trailers', async () => {
    const chunks = '3;x=y\r\nhel\r\n0\r\nX-T: 1\r\nExpires: 0\r\n\r\n';
    const { client } = await stage(ok(['Transfer-Encoding: chunked'], chunks), 'none', attack() + get('/marker'));
    const text = await client.until(/\/marker$/);
    expect(text).toContain('\r\n\r\n3\r\nhel\r\n0\r\nX-T: 1\r\n\r\nHTTP/1.1 200');
  });

  it.each([
    ['Content-Length', ok(['Content-Length: 5'])],
    ['chunks', ok(['Transfer-Encoding: chunked'])],
    ['no framing', ok([])],
  ])('to HEAD ends at its head, with %s', async (_name, answer) => {
    const request = attack().replace('GET', 'HEAD') + get('/marker');
    const { client } = await stage(answer, 'none', request);
    const text = await client.until(/\/marker$/);
    expect(statusesIn(text)).toEqual([200, 200]);
    expect(/\r\n\r\n(?!HTTP|\/marker)/.test(text)).toBe(false);
  });

  it.each([
    ['204', 'HTTP/1.1 204 None\r\nContent-Length: 5\r\n\r\n', false],
    ['304', 'HTTP/1.1 304 Same\r\nContent-Length: 5\r\n\r\n', true],
  ])('of %s ends at its head, whatever it says of a body', async (_name, answer, keepsLength) => {
    const { client } = await stage(answer, 'none', attack() + get('/marker'));
    const text = await client.until(/\/marker$/);
    expect(text.slice(0, text.indexOf('\r\n\r\n')).includes('content-length: 5')).toBe(keepsLength);
    expect(statusesIn(text)).toHaveLength(2);
  });

  it.each([
    ['its length', FINE],
    ['its chunks', ok(['Transfer-Encoding: chunked'], '2\r\nhi\r\n0\r\n\r\n')],
    ['a head that has no body', 'HTTP/1.1 204 None\r\n\r\n'],
  ])('with more bytes than %s allows is complete, and its connection is used no more', async (_name, answer) => {
    const evil = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil';
    const { upstream, plane, client } = await stage(answer + evil, 'none', attack() + get('/marker'));
    const text = await client.until(/\/marker$/);
    expect(text).not.toContain('evil');
    expect(plane.outcomes).toEqual(['answered', 'answered']);
    expect(upstream.sockets).toHaveLength(2);
    await eventually(() => expect(upstream.sockets[0]!.destroyed || upstream.sockets[0]!.readableEnded).toBe(true));
  });

  it('keeps one connection for well-behaved exchanges, and none after Connection: close', async () => {
    const { upstream, client } = await stage(
      ok(['Connection: close', 'Content-Length: 2'], 'hi'),
      'none',
      get('/a') + get('/b') + attack() + get('/c'),
    );
    const text = await client.until(/\/c$/);
    expect(text.toLowerCase()).not.toContain('connection: close');
    expect(upstream.sockets).toHaveLength(2);
  });

  it.each([
    ['bytes', (upstream: ScriptedUpstream) => void upstream.sockets[0]!.write('HTTP/1.1 408 Late\r\n\r\n')],
    ['a FIN', (upstream: ScriptedUpstream) => void upstream.sockets[0]!.end()],
    ['a reset', (upstream: ScriptedUpstream) => void upstream.sockets[0]!.resetAndDestroy()],
  ])('after which an idle connection shows %s: that connection is gone', async (_name, act) => {
    const { upstream, client } = await stage(FINE, 'none', get('/a'));
    await client.until(/\/a$/);
    const gone = new Promise((resolve) => void upstream.sockets[0]!.once('close', resolve));
    act(upstream);
    await gone;
    client.socket.write(get('/b'));
    const text = await client.until(/\/b$/);
    expect(statusesIn(text)).toEqual([200, 200]);
    expect(upstream.sockets).toHaveLength(2);
  });

  it('strips what its Connection names, and what concerns one hop, but never Set-Cookie', async () => {
    const lines = [
      'Connection: X-A, Set-Cookie, close',
      'X-A: 1',
      'X-B: 2',
      'Set-Cookie: c=d',
      'Keep-Alive: timeout=5',
      'Proxy-Authenticate: Basic',
      'Upgrade: h2c',
      'X-Weir-Error: fake',
    ];
    const { client } = await stage(ok([...lines, 'Content-Length: 0']), 'none', attack());
    const text = await client.until(/\r\n\r\n$/);
    expect(text).toMatch(/X-B: 2\r\n/);
    expect(text).toMatch(/Set-Cookie: c=d\r\n/);
    expect(text).not.toMatch(/X-A|Keep-Alive|Proxy-|Upgrade|X-Weir|close/i);
  });
});

describe('an interim answer', () => {
  const EARLY = 'HTTP/1.1 103 Early\r\nLink: x\r\n\r\n';
  it('reaches an HTTP/1.1 client, without a length', async () => {
    const { client } = await stage(
      `HTTP/1.1 103 Early\r\nContent-Length: 5\r\nLink: x\r\n\r\nHTTP/1.1 102 Wait\r\n\r\n${FINE}`,
      'none',
      attack(),
    );
    const text = await client.until(/hi$/);
    expect(statusesIn(text)).toEqual([103, 102, 200]);
    expect(text.slice(0, text.indexOf('\r\n\r\n'))).toMatch(/Link: x/);
    expect(text.match(/content-length/gi)).toHaveLength(1);
  });

  it('does not reach an HTTP/1.0 client', async () => {
    const { client } = await stage(EARLY + FINE, 'none', 'GET /attack HTTP/1.0\r\n\r\n');
    expect(statusesIn(await client.untilClosed())).toEqual([200]);
  });

  it('of 100 reaches only those who expect it', async () => {
    const { client } = await stage(`HTTP/1.1 100 Continue\r\n\r\n${FINE}`, 'none', attack());
    expect(statusesIn(await client.until(/hi$/))).toEqual([200]);
  });

  it.each([32, 31])('is one of at most 32: %d pass', async (count) => {
    const { client } = await stage(interims(count) + FINE, 'none', attack());
    expect(statusesIn(await client.until(/hi$/))).toHaveLength(count + 1);
  });

  it('with nothing behind it is no answer', async () => {
    const { plane, client } = await stage(EARLY, 'fin', attack() + get('/marker'));
    expect(statusesIn(await client.until(/\/marker$/))).toEqual([103, 502, 200]);
    expect(plane.outcomes[0]).toBe('reset');
  });
});

describe('an answer to a request that is not complete', () => {
  const upload = (lines: readonly string[]): string => post('/early', lines, '');

  async function early(answer: string): Promise<Scene> {
    const upstream = await startScripted();
    upstream.onText = (text, socket) => {
      if (text.endsWith('\r\n\r\n')) socket.write(answer);
    };
    const plane = await startPlane(upstream.port);
    return { upstream, plane, client: startClient(plane.port, upload(['Content-Length: 50'])) };
  }

  it('closes the connection, and what is left of the body is neither forwarded nor read as a request', async () => {
    const { upstream, client } = await early('HTTP/1.1 413 Large\r\nContent-Length: 2\r\n\r\nno');
    await client.until(/no$/);
    client.socket.write(get('/smuggled'));
    const text = await client.untilClosed();
    expect(statusesIn(text)).toEqual([413]);
    expect(text).toMatch(/\r\nconnection: close\r\n/);
    expect(upstream.texts.join('')).not.toContain('smuggled');
    expect(upstream.sockets).toHaveLength(1);
  });

  it('that streams may depend on the body, which goes on until it is complete', async () => {
    const { upstream, client } = await early('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhe');
    await client.until(/he$/);
    client.socket.write('more');
    await eventually(() => expect(upstream.texts[0]).toMatch(/more$/));
    upstream.sockets[0]!.write('re');
    const text = await client.until(/here$/);
    expect(text).toMatch(/\r\nconnection: close\r\n/);
    await client.untilClosed();
  });

  it('is what an expectation gets when it is refused', async () => {
    const upstream = await startScripted();
    upstream.onText = (text, socket) => {
      if (text.endsWith('\r\n\r\n')) socket.write('HTTP/1.1 401 No\r\nContent-Length: 2\r\n\r\nno');
    };
    const { port } = await startPlane(upstream.port);
    const client = startClient(port, upload(['Content-Length: 3', 'Expect: 100-continue']));
    const text = await client.untilClosed();
    expect(statusesIn(text)).toEqual([401]);
    expect(text).toMatch(/\r\nconnection: close\r\n/);
  });
});

describe('Expect: 100-continue', () => {
  it('is passed on, its 100 is relayed, and the body follows', async () => {
    const upstream = await startScripted();
    upstream.onText = (text, socket) => {
      if (text.endsWith('\r\n\r\n')) socket.write('HTTP/1.1 100 Continue\r\n\r\n');
    };
    const { port } = await startPlane(upstream.port);
    const client = startClient(port, post('/a', ['Content-Length: 3', 'Expect: 100-continue'], ''));
    await client.until(/100 Continue\r\n(.*\r\n)*\r\n$/);
    client.socket.write(`abc${get('/marker')}`);
    expect(statusesIn(await client.until(/\/marker$/))).toEqual([100, 200, 200]);
    expect(upstream.requests[0]).toMatchObject({ body: 'abc' });
    expect(upstream.requests[0]!.head).toMatch(/Expect: 100-continue/);
  });

  it('need not be answered when the body comes anyway, and the connection is kept', async () => {
    const upstream = await startScripted();
    const { port } = await startPlane(upstream.port);
    const client = startClient(port, post('/a', ['Content-Length: 3', 'Expect: 100-continue'], 'abc') + get('/marker'));
    expect(statusesIn(await client.until(/\/marker$/))).toEqual([200, 200]);
  });

  it('is not passed on for HTTP/1.0', async () => {
    const upstream = await startScripted();
    const { port } = await startPlane(upstream.port);
    const client = startClient(port, 'POST /a HTTP/1.0\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\nabc');
    expect(statusesIn(await client.untilClosed())).toEqual([200]);
    expect(upstream.requests[0]!.head).not.toMatch(/expect/i);
  });
});
