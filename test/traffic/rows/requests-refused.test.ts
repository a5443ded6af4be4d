import { describe, expect, it } from 'vitest';
import { get, post, startClient, startPlane, startScripted, statusesIn } from './plane.ts';

const chunked = (body: string): string => post('/attack', ['Transfer-Encoding: chunked'], body);
const lines = (...all: readonly string[]): string => [...all, '\r\n'].join('\r\n');
const MARKER = get('/marker');

/** What it is, what is sent, and the status; a marker request stands behind each. */
const HEADS: readonly (readonly [name: string, text: string, status: number])[] = [
  ['two empty lines before it', `\r\n\r\n${get('/attack')}`, 400],
  ['two spaces', lines('GET  /attack HTTP/1.1', 'Host: a'), 400],
  ['a tab in the request line', lines('GET\t/attack HTTP/1.1', 'Host: a'), 400],
  ['a trailing space', lines('GET /attack HTTP/1.1 ', 'Host: a'), 400],
  ['no version', 'GET /attack\r\n\r\n', 400],
  ['a lower-case version', lines('GET /attack http/1.1', 'Host: a'), 400],
  ['HTTP/1.2', lines('GET /attack HTTP/1.2', 'Host: a'), 400],
  ['HTTP/2.0', lines('GET /attack HTTP/2.0', 'Host: a'), 505],
  ['the HTTP/2 preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 505],
  ['a method that is no token', lines('GE(T /attack HTTP/1.1', 'Host: a'), 400],
  ['a control character in the target', lines('GET /at\u0001tack HTTP/1.1', 'Host: a'), 400],
  ['a byte of 0x80 in the target', lines('GET /at\u0080tack HTTP/1.1', 'Host: a'), 400],
  ['a fragment in the target', lines('GET /attack#x HTTP/1.1', 'Host: a'), 400],
  ['a relative target', lines('GET attack HTTP/1.1', 'Host: a'), 400],
  ['an asterisk for GET', lines('GET * HTTP/1.1', 'Host: a'), 400],
  ['an authority for GET', lines('GET a:80 HTTP/1.1', 'Host: a'), 400],
  ['CONNECT', lines('CONNECT a:80 HTTP/1.1', 'Host: a:80'), 501],
  ['TRACE', lines('TRACE /attack HTTP/1.1', 'Host: a'), 405],
  ['a bare LF', get('/attack').replace('\r\n', '\n'), 400],
  ['a bare LF at the end', get('/attack').slice(0, -2) + '\n', 400],
  ['a bare CR in a value', get('/attack', 'X: a\rb'), 400],
  ['a NUL in a value', get('/attack', 'X: a\0b'), 400],
  ['a control character in a value', get('/attack', 'X: a\u0001b'), 400],
  ['a DEL in a value', get('/attack', 'X: a\u007fb'), 400],
  ['a space before the colon', get('/attack', 'X : a'), 400],
  ['a tab before the colon', get('/attack', 'X\t: a'), 400],
  ['a space before the name', get('/attack', ' X: a'), 400],
  ['an empty name', get('/attack', ': a'), 400],
  ['a line without a colon', get('/attack', 'X'), 400],
  ['a name that is no token', get('/attack', 'X[]: a'), 400],
  ['a folded line', get('/attack', 'X: a', ' b'), 400],
  ['a first line that is folded', lines('GET /attack HTTP/1.1', ' Host: a', 'Host: a'), 400],
  ['no Host', lines('GET /attack HTTP/1.1'), 400],
  ['no Host but an absolute target', lines('GET http://a/attack HTTP/1.1'), 400],
  ['two Hosts', get('/attack', 'Host: a'), 400],
  ['an empty Host', lines('GET /attack HTTP/1.1', 'Host:'), 400],
  ['a Host with a user', lines('GET /attack HTTP/1.1', 'Host: u@a'), 400],
  ['a Host with a path', lines('GET /attack HTTP/1.1', 'Host: a/b'), 400],
  ['a Host with a space', lines('GET /attack HTTP/1.1', 'Host: a b'), 400],
  ['a Host that is a list', lines('GET /attack HTTP/1.1', 'Host: a, b'), 400],
  ['a Host with a bad port', lines('GET /attack HTTP/1.1', 'Host: a:x'), 400],
  ['a Host with a port too high', lines('GET /attack HTTP/1.1', 'Host: a:65536'), 400],
  ['a Host with a broken address', lines('GET /attack HTTP/1.1', 'Host: [::1'), 400],
  ['a bad Host in HTTP/1.0', lines('GET /attack HTTP/1.0', 'Host: a b'), 400],
  ['an absolute target with a user', lines('GET http://u@a/ HTTP/1.1', 'Host: a'), 400],
  ['an absolute target without a host', lines('GET http:///attack HTTP/1.1', 'Host: a'), 400],
  ['two Content-Lengths', post('/attack', ['Content-Length: 0', 'Content-Length: 0'], ''), 400],
  ['a list of equal Content-Lengths', post('/attack', ['Content-Length: 0, 0'], ''), 400],
  ['a signed Content-Length', post('/attack', ['Content-Length: +0'], ''), 400],
  ['a negative Content-Length', post('/attack', ['Content-Length: -1'], ''), 400],
  ['a hexadecimal Content-Length', post('/attack', ['Content-Length: 0x0'], ''), 400],
  ['an empty Content-Length', post('/attack', ['Content-Length:'], ''), 400],
  ['a Content-Length beyond 2^53', post('/attack', ['Content-Length: 9007199254740992'], ''), 400],
  ['a Content-Length beyond 2^64', post('/attack', ['Content-Length: 18446744073709551616'], ''), 400],
  ['CL.TE', post('/attack', ['Content-Length: 5', 'Transfer-Encoding: chunked'], '0\r\n\r\n'), 400],
  ['TE.CL', post('/attack', ['Transfer-Encoding: chunked', 'Content-Length: 5'], '0\r\n\r\n'), 400],
  ['Transfer-Encoding twice', post('/attack', ['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'], ''), 400],
  ['chunked twice', post('/attack', ['Transfer-Encoding: chunked, chunked'], ''), 400],
  ['an empty Transfer-Encoding', post('/attack', ['Transfer-Encoding:'], ''), 400],
  ['chunked with a parameter', post('/attack', ['Transfer-Encoding: chunked;x=y'], ''), 400],
  ['a vertical tab before chunked', post('/attack', ['Transfer-Encoding: \u000bchunked'], ''), 400],
  ['chunked in HTTP/1.0', lines('POST /attack HTTP/1.0', 'Host: a', 'Transfer-Encoding: chunked') + '0\r\n\r\n', 400],
  ['another coding', post('/attack', ['Transfer-Encoding: gzip'], ''), 501],
  ['another coding before chunked', post('/attack', ['Transfer-Encoding: gzip, chunked'], ''), 501],
  ['another expectation', post('/attack', ['Expect: x', 'Content-Length: 0'], ''), 417],
  ['a loop', get('/attack', 'Via: 1.1 weir, 1.1 x, 1.1 weir', 'Via: 1.1 weir, 1.1 weir'), 508],
  ['a Connection that is no list', get('/attack', 'Connection: "close"'), 400],
  ['a target over the limit', get(`/${'a'.repeat(3000)}`), 414],
  ['a head over the limit', get('/attack', `X: ${'a'.repeat(3000)}`), 431],
  ['too many fields', get('/attack', ...Array.from({ length: 50 }, () => 'X: a')), 431],
];

const BODIES: readonly (readonly [name: string, text: string, status: number])[] = [
  ['a chunk size with a sign', chunked('+5\r\nhello\r\n0\r\n\r\n'), 400],
  ['a chunk size with 0x', chunked('0x5\r\nhello\r\n0\r\n\r\n'), 400],
  ['a space before a chunk size', chunked(' 5\r\nhello\r\n0\r\n\r\n'), 400],
  ['a space behind a chunk size', chunked('5 \r\nhello\r\n0\r\n\r\n'), 400],
  ['no chunk size', chunked('\r\nhello\r\n0\r\n\r\n'), 400],
  ['a chunk size that overflows', chunked('10000000000000005\r\nhello\r\n0\r\n\r\n'), 400],
  ['a bare LF behind a chunk size', chunked('5\nhello\r\n0\r\n\r\n'), 400],
  ['a bare LF behind a chunk', chunked('5\r\nhello\n0\r\n\r\n'), 400],
  ['a chunk that is longer than it says', chunked('4\r\nhello\r\n0\r\n\r\n'), 400],
  ['a bare LF in an extension', chunked('5;a\nb\r\nhello\r\n0\r\n\r\n'), 400],
  ['a bare CR in an extension', chunked('5;a\rb\r\nhello\r\n0\r\n\r\n'), 400],
  ['extensions without end', chunked(`5;${'a'.repeat(17_000)}\r\nhello\r\n0\r\n\r\n`), 400],
  ['a bare LF behind the last chunk', chunked('0\n\n'), 400],
  ['a framing field in a trailer', chunked('0\r\nContent-Length: 5\r\n\r\n'), 400],
  ['a routing field in a trailer', chunked('0\r\nHost: b\r\n\r\n'), 400],
  ['an authentication field in a trailer', chunked('0\r\nAuthorization: b\r\n\r\n'), 400],
  ['a space before the colon of a trailer', chunked('0\r\nX : b\r\n\r\n'), 400],
  ['a folded trailer', chunked('0\r\nX: b\r\n c\r\n\r\n'), 400],
  ['a bare LF in a trailer', chunked('0\r\nX: b\n\r\n'), 400],
  ['a NUL in a trailer', chunked('0\r\nX: \0\r\n\r\n'), 400],
];

const IN_PIECES = new Set(['CL.TE', 'two Hosts', 'a bare LF', 'a space before the colon', 'TRACE', 'HTTP/2.0']);

describe('a doubtful request', () => {
  it.each([...HEADS, ...BODIES])(
    'with %s is answered once, behind the good one before it, and nothing behind it is read',
    async (_name, text, status) => {
      const upstream = await startScripted();
      const { port } = await startPlane(upstream.port);
      const client = startClient(port, get('/good') + text + MARKER);
      const answers = await client.untilClosed();
      expect(client.state()).toBe('ended');
      expect(statusesIn(answers)).toEqual([200, status]);
      const refusal = answers.slice(answers.search(/HTTP\/1\.1 [45]/));
      expect(refusal).toMatch(/\r\nx-weir-error: [a-z0-9-]+\r\n/);
      expect(refusal).toMatch(/\r\nconnection: close\r\n/);
      const length = Number(/content-length: (\d+)/.exec(refusal)![1]);
      expect(refusal.slice(refusal.indexOf('\r\n\r\n') + 4)).toHaveLength(length);
      expect(upstream.requests.map(({ target }) => target)).toEqual(['/good']);
      expect(upstream.texts.join('')).not.toContain('marker');
    },
  );

  it.each(HEADS.filter(([name]) => IN_PIECES.has(name)))(
    'with %s is refused wherever it is split',
    async (_name, text, status) => {
      const upstream = await startScripted();
      const { port } = await startPlane(upstream.port);
      const clients = Array.from({ length: text.length - 1 }, (_, index) =>
        startClient(port, text.slice(0, index + 1), text.slice(index + 1) + MARKER),
      );
      const answers = await Promise.all(clients.map((client) => client.untilClosed()));
      for (const answer of answers) expect(statusesIn(answer)).toEqual([status]);
      expect(upstream.texts).toEqual([]);
    },
  );

  it('gets an answer without a body when it is a HEAD, and with one when the request before it was', async () => {
    const upstream = await startScripted();
    const { port } = await startPlane(upstream.port);
    const head = startClient(port, 'HEAD / HTTP/1.1\r\n\r\n');
    expect((await head.untilClosed()).endsWith('\r\n\r\n')).toBe(true);
    const behind = startClient(port, 'HEAD / HTTP/1.1\r\nHost: a\r\n\r\n');
    await behind.until(/ 200 OK/);
    behind.socket.write('nonsense\r\n\r\n');
    expect(await behind.untilClosed()).toMatch(/\r\n\r\n\{"error".*\}$/);
  });
});
