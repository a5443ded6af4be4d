import { describe, expect, it } from 'vitest';
import { Framing } from '../../../src/traffic/wire/head.ts';
import { Name } from '../../../src/traffic/wire/names.ts';
import { facts, passAnswer, passEverySplit } from './collecting.ts';

const answer = (...lines: string[]) => [...lines, '\r\n'].join('\r\n');
const ok = (...lines: string[]) => answer('HTTP/1.1 200 OK', ...lines);
const toModern = (pieces: readonly string[]) => passAnswer(pieces);
const toOld = (pieces: readonly string[]) => passAnswer(pieces, { minorVersion: 0, toHead: false });
const toHead = (pieces: readonly string[]) => passAnswer(pieces, { minorVersion: 1, toHead: true });
const linesOf = (head: string) => head.slice(0, -4).split('\r\n');

describe('an answer is malformed', () => {
  it.each([
    ['status line of nothing', ''],
    ['another protocol', 'ICY 200 OK'],
    ['a request', 'GET / HTTP/1.1'],
    ['HTTP/2', 'HTTP/2.0 200 OK'],
    ['HTTP/2 without minor', 'HTTP/2 200'],
    ['an unknown minor version', 'HTTP/1.2 200 OK'],
    ['a version of two digits', 'HTTP/1.10 200 OK'],
    ['no version', 'HTTP/ 200 OK'],
    ['a version in lower case', 'http/1.1 200 OK'],
    ['a space before it', ' HTTP/1.1 200 OK'],
    ['two spaces', 'HTTP/1.1  200 OK'],
    ['a tab', 'HTTP/1.1\t200 OK'],
    ['no status', 'HTTP/1.1'],
    ['no status but a space', 'HTTP/1.1 '],
    ['no status but a reason', 'HTTP/1.1 OK'],
    ['two digits', 'HTTP/1.1 20 OK'],
    ['four digits', 'HTTP/1.1 2000 OK'],
    ['a letter', 'HTTP/1.1 2O0 OK'],
    ['a sign', 'HTTP/1.1 +20 OK'],
    ['a status below 100', 'HTTP/1.1 099 OK'],
    ['a status of zero', 'HTTP/1.1 000 OK'],
    ['a status above 599', 'HTTP/1.1 600 OK'],
    ['a status of 999', 'HTTP/1.1 999 OK'],
    ['a tab before the reason', 'HTTP/1.1 200\tOK'],
    ['a control character in the reason', 'HTTP/1.1 200 O\u0001K'],
    ['a NUL in the reason', 'HTTP/1.1 200 O\u0000K'],
    ['a bare CR in the reason', 'HTTP/1.1 200 O\rK'],
  ])('with %s as its status line', (_, line) => {
    const passed = passEverySplit(answer(line, 'Content-Length: 0'), toModern);
    expect(passed).toMatchObject({ head: '', over: false });
    expect(passed.fault).not.toBe('');
  });

  it.each([
    ['two lengths', ok('Content-Length: 0', 'Content-Length: 1')],
    ['two equal lengths', ok('Content-Length: 0', 'Content-Length: 0')],
    ['a list of lengths', ok('Content-Length: 1, 1')],
    ['a signed length', ok('Content-Length: +1')],
    ['a length with a coding', ok('Content-Length: 5', 'Transfer-Encoding: chunked')],
    ['a length with a coding, to HEAD too', ok('Transfer-Encoding: chunked', 'Content-Length: 5')],
    ['another coding', ok('Transfer-Encoding: gzip')],
    ['another coding before chunked', ok('Transfer-Encoding: gzip, chunked')],
    ['identity', ok('Transfer-Encoding: identity')],
    ['chunked twice', ok('Transfer-Encoding: chunked', 'Transfer-Encoding: chunked')],
    ['a coding in HTTP/1.0', answer('HTTP/1.0 200 OK', 'Transfer-Encoding: chunked')],
    ['a bare LF', 'HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n'],
    ['bare LFs alone', 'HTTP/1.1 200 OK\nContent-Length: 0\n\n'],
    ['a folded line', ok('A: b', ' c')],
    ['a space before the colon', ok('A : b')],
    ['an empty name', ok(': b')],
    ['a control character', ok('A: b\u0001')],
    ['a NUL', ok('A: b\u0000')],
    ['a split value', ok('A: b\rSet-Cookie: c')],
    ['a line without colon', ok('A')],
    ['a broken Connection', ok('Connection: a b')],
    ['41 lines where 40 are allowed', ok(...Array.from({ length: 41 }, () => 'a: b'))],
  ])('with %s', (_, message) => {
    expect(passEverySplit(message, toModern).fault).not.toBe('');
    expect(toHead([message]).fault).not.toBe('');
  });

  it('when its head does not end', () => {
    const endless = `HTTP/1.1 200 OK\r\nA: ${'b'.repeat(3000)}`;
    expect(toModern([endless]).fault).toBe('head-too-large');
    expect(toModern(endless.split('')).fault).toBe('head-too-large');
  });

  it.each(['S', 'HTTP/2', 'HTTP/1.1 200 OK\nA', '\r\n', 'HTTP/1.1\u0000', '{"a":1}'])(
    'at once, when it begins %j',
    (beginning) => {
      expect(toModern([beginning]).fault).not.toBe('');
      expect(toModern(beginning.split('')).fault).not.toBe('');
    },
  );
});

describe('an answer goes on', () => {
  it('line by line, without what concerns one hop only', () => {
    const message = ok(
      'Server: x',
      'Connection: keep-alive, X-Hop',
      'Content-Length: 002',
      'Keep-Alive: max=3, timeout=5',
      'X-Hop: 1',
      'Set-Cookie: a',
      'Set-Cookie: b',
      'TE: trailers',
      'Proxy-Authenticate: x',
      'Upgrade: h2c',
      'X-Weir-Error: x',
      'Host: odd, but not ours to judge',
    );
    const passed = passEverySplit(`${message}hiMORE`, toModern);
    expect(linesOf(passed.head)).toEqual([
      'HTTP/1.1 200 OK',
      'Server: x',
      'Set-Cookie: a',
      'Set-Cookie: b',
      'Host: odd, but not ours to judge',
      'content-length: 2',
      'via: 1.1 weir',
    ]);
    expect(passed).toMatchObject({ body: 'hi', over: true, surplus: 'MORE' });
    expect(facts).toMatchObject({ status: 200, persistent: true, keepAliveSeconds: 5 });
    expect(facts.has(Name.date)).toBe(false);
  });

  it('without letting Connection strip what matters', () => {
    const passed = toModern([
      ok('Connection: set-cookie, content-length, via', 'Set-Cookie: a', 'Via: 1.1 x', 'Content-Length: 0'),
    ]);
    expect(linesOf(passed.head)).toEqual([
      'HTTP/1.1 200 OK',
      'Set-Cookie: a',
      'Via: 1.1 x',
      'content-length: 0',
      'via: 1.1 weir',
    ]);
  });

  it.each([
    ['HTTP/1.1 200 ', 'HTTP/1.1 200 '],
    ['HTTP/1.1 200', 'HTTP/1.1 200 '],
    ['HTTP/1.1 404 Nö such\tthing', 'HTTP/1.1 404 Nö such\tthing'],
    ['HTTP/1.0 200 OK', 'HTTP/1.1 200 OK'],
    ['HTTP/1.0 599', 'HTTP/1.1 599 '],
  ])('with the status line %j as %j', (line, written) => {
    expect(linesOf(passEverySplit(answer(line, 'Content-Length: 0'), toModern).head)[0]).toBe(written);
  });

  it.each([
    [ok('Content-Length: 0'), true],
    [ok('Content-Length: 0', 'Connection: close'), false],
    [answer('HTTP/1.0 200 OK', 'Content-Length: 0'), false],
    [answer('HTTP/1.0 200 OK', 'Content-Length: 0', 'Connection: Keep-Alive'), true],
    [ok(), false],
    [answer('HTTP/1.1 204 No Content'), true],
  ])('of %j, and its connection may be used again: %s', (message, persistent) => {
    toModern([message]);
    expect(facts.persistent).toBe(persistent);
  });
});

describe('the body of an answer', () => {
  const chunked = `${ok('Transfer-Encoding: chunked')}3;x=1\r\nabc\r\n2\r\nde\r\n0\r\nX-Sum: 1\r\n\r\n`;

  it('goes on in chunks to HTTP/1.1', () => {
    const passed = passEverySplit(chunked, toModern);
    expect(linesOf(passed.head)).toContain('transfer-encoding: chunked');
    expect(passed).toMatchObject({ body: '3\r\nabc\r\n2\r\nde\r\n0\r\nX-Sum: 1\r\n\r\n', over: true });
  });

  it('goes on unwrapped to HTTP/1.0', () => {
    const passed = passEverySplit(chunked, toOld);
    expect(linesOf(passed.head)).toEqual(['HTTP/1.1 200 OK', 'via: 1.1 weir']);
    expect(passed).toMatchObject({ body: 'abcde', over: true });
  });

  it('that ends with the connection is never over by itself', () => {
    const message = `${answer('HTTP/1.0 200 OK', 'A: b')}all of it`;
    const passed = passEverySplit(message, toModern);
    expect(linesOf(passed.head)).toEqual(['HTTP/1.1 200 OK', 'A: b', 'transfer-encoding: chunked', 'via: 1.0 weir']);
    expect(passed).toMatchObject({ body: 'all of it', over: false });
    expect(linesOf(passEverySplit(message, toOld).head)).toEqual(['HTTP/1.1 200 OK', 'A: b', 'via: 1.0 weir']);
  });

  it.each([
    ['204 loses its length', answer('HTTP/1.1 204 None', 'Content-Length: 5'), ['HTTP/1.1 204 None']],
    ['204 loses its chunks', answer('HTTP/1.1 204 None', 'Transfer-Encoding: chunked'), ['HTTP/1.1 204 None']],
    [
      '304 keeps its length',
      answer('HTTP/1.1 304 Same', 'Content-Length: 5'),
      ['HTTP/1.1 304 Same', 'content-length: 5'],
    ],
    ['103 loses its length', answer('HTTP/1.1 103 Early', 'Content-Length: 5'), ['HTTP/1.1 103 Early']],
    ['100 loses its chunks', answer('HTTP/1.1 100 Go', 'Transfer-Encoding: chunked'), ['HTTP/1.1 100 Go']],
  ])('is not there, whatever the fields say: %s', (_, message, lines) => {
    const passed = passEverySplit(`${message}HTTP/1.1`, toModern);
    expect(linesOf(passed.head)).toEqual([...lines, 'via: 1.1 weir']);
    expect(passed).toMatchObject({ body: '', over: true, surplus: 'HTTP/1.1' });
    expect(facts.framing).toBe(Framing.none);
  });

  it.each([
    [ok('Content-Length: 5'), ['content-length: 5']],
    [ok('Transfer-Encoding: chunked'), []],
    [ok(), []],
  ])('is not there when HEAD was asked: %j', (message, lines) => {
    const passed = passEverySplit(`${message}HTTP/1.1`, toHead);
    expect(linesOf(passed.head)).toEqual(['HTTP/1.1 200 OK', ...lines, 'via: 1.1 weir']);
    expect(passed).toMatchObject({ over: true, surplus: 'HTTP/1.1' });
  });
});

describe('a change of protocol', () => {
  it('is told with the name of the protocol', () => {
    toModern([answer('HTTP/1.1 101 Now', 'Connection: upgrade', 'Upgrade: websocket')]);
    expect(facts).toMatchObject({ status: 101, upgrade: true, framing: Framing.none });
    expect(facts.upgradeEnd - facts.upgradeStart).toBe('websocket'.length);
  });
});
