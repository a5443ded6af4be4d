import { describe, expect, it } from 'vitest';
import { Framing, Method } from '../../../src/traffic/wire/head.ts';
import {
  FRESH_TRACE,
  PEER,
  facts,
  forwarded,
  get,
  headOf,
  linesOf,
  passEverySplit,
  passRequest,
} from './collecting.ts';

const pass = (message: string) => passEverySplit(message, passRequest);

describe('a plain request', () => {
  it('goes on line by line, with what the upstream should know', () => {
    const passed = pass(get('A: b', 'accept: */*'));
    expect(passed.head).toBe(
      [
        'GET / HTTP/1.1\r\nHost: a\r\nA: b\r\naccept: */*',
        `x-forwarded-for: ${PEER}`,
        'x-forwarded-proto: http',
        'x-forwarded-host: a',
        'via: 1.1 weir',
        `traceparent: ${FRESH_TRACE}`,
        '\r\n',
      ].join('\r\n'),
    );
    expect(passed).toMatchObject({ over: true, surplus: '', body: '' });
  });

  it('may have one empty line before it', () => {
    expect(forwarded(`\r\n${get()}`)[0]).toBe('GET / HTTP/1.1');
  });

  it('ends where the next one begins', () => {
    expect(pass(get() + get('A: b'))).toMatchObject({ surplus: get('A: b'), over: true });
  });

  it('keeps values as they are: tabs inside, bytes beyond ASCII, colons, commas, no value at all', () => {
    const lines = ['A:b\tc', 'B: \u0080\u00ff\u00a0', 'C: a:b,c"d', 'D:', 'E: ', "!#$%&'*+-.^_`|~09aZ: x", 'F:   g \t'];
    expect(forwarded(get(...lines))).toEqual(['GET / HTTP/1.1', 'Host: a', ...lines]);
  });

  it.each([
    ['GET', Method.get],
    ['HEAD', Method.head],
    ['OPTIONS', Method.options],
    ['POST', Method.post],
    ['PUT', Method.put],
    ['PATCH', Method.patch],
    ['DELETE', Method.delete],
    ['get', Method.other],
    ['PROPFIND', Method.other],
    ['GOT', Method.other],
    ['X', Method.other],
    ['M-SEARCH', Method.other],
  ])('of method %s is known for what it is', (text, method) => {
    expect(forwarded(headOf(`${text} / HTTP/1.1`, 'Host: a'))[0]).toBe(`${text} / HTTP/1.1`);
    expect(facts.method).toBe(method);
  });
});

describe('a target', () => {
  it.each([
    '/',
    '//x',
    '/a/../b',
    '/%2e%2e/',
    '/%zz',
    '/a?b=c&d',
    '/?',
    '/"<>{}|^`\\',
    '/a//b;c=d',
    '/http://b/',
    '/*',
  ])('%s goes on unread', (target) => {
    expect(forwarded(headOf(`GET ${target} HTTP/1.1`, 'Host: a'))[0]).toBe(`GET ${target} HTTP/1.1`);
  });

  it.each([
    ['GET http://b/c?d', 'GET /c?d', 'b'],
    ['GET HTTP://b:81', 'GET /', 'b:81'],
    ['GET http://b?c', 'GET /?c', 'b'],
    ['GET https://b//c', 'GET //c', 'b'],
    ['GET http://[::1]:80/', 'GET /', '[::1]:80'],
    ['OPTIONS http://b', 'OPTIONS *', 'b'],
    ['OPTIONS http://b/', 'OPTIONS /', 'b'],
    ['OPTIONS http://b?c', 'OPTIONS /?c', 'b'],
  ])('%s goes on as %s of %s', (line, origin, host) => {
    const passed = pass(headOf(`${line} HTTP/1.1`, 'A: b', 'hOST: a', 'C: d'));
    expect(linesOf(passed.head)).toEqual([`${origin} HTTP/1.1`, `host: ${host}`, 'A: b', 'C: d']);
    expect(passed.head).toContain(`x-forwarded-host: ${host}\r\n`);
  });

  it('may be an asterisk for OPTIONS', () => {
    expect(forwarded(headOf('OPTIONS * HTTP/1.1', 'Host: a'))[0]).toBe('OPTIONS * HTTP/1.1');
  });
});

describe('a Host', () => {
  const valid = ['a', 'A.example.', 'a:80', 'a:', 'a:0', 'a:65535', '127.0.0.1:8080', 'a_b', "a~!$&'()*+;=b", 'x%41y'];
  const addresses = [
    '[::]',
    '[::1]',
    '[::1]:80',
    '[1::]',
    '[1:2:3:4:5:6:7:8]',
    '[::ffff:1.2.3.4]',
    '[1:2:3:4:5:6:1.2.3.4]',
    '[2001:DB8::a:b]',
  ];
  it.each([...valid, ...addresses])('%s is accepted', (host) => {
    expect(forwarded(headOf('GET / HTTP/1.1', `Host: \t${host} \t`))).toHaveLength(2);
  });
});

describe('HTTP/1.0', () => {
  it('goes on as HTTP/1.1, with the upstream as Host when it had none', () => {
    expect(pass(headOf('GET /a HTTP/1.0', 'A: b')).head).toBe(
      `GET /a HTTP/1.1\r\nhost: upstream:3000\r\nA: b\r\nx-forwarded-for: ${PEER}\r\nx-forwarded-proto: http\r\n` +
        `via: 1.0 weir\r\ntraceparent: ${FRESH_TRACE}\r\n\r\n`,
    );
  });

  it('keeps its own Host', () => {
    expect(forwarded(headOf('GET /a HTTP/1.0', 'Host: b')).slice(0, 2)).toEqual(['GET /a HTTP/1.1', 'Host: b']);
  });

  it.each([
    ['GET / HTTP/1.0', [], false],
    ['GET / HTTP/1.0', ['Connection: keep-alive'], true],
    ['GET / HTTP/1.0', ['Connection: Keep-Alive, close'], false],
    ['GET / HTTP/1.1', [], true],
    ['GET / HTTP/1.1', ['Connection: keep-alive'], true],
    ['GET / HTTP/1.1', ['Connection: CLOSE'], false],
    ['GET / HTTP/1.1', ['Connection: x,', 'Connection: , close'], false],
    ['GET / HTTP/1.1', ['Connection: closed'], true],
  ] as const)('and HTTP/1.1: %s with %j stays open: %s', (line, lines, persistent) => {
    pass(headOf(line, 'Host: a', ...lines));
    expect(facts.persistent).toBe(persistent);
  });

  it('has neither expectations nor upgrades', () => {
    const head = headOf('GET / HTTP/1.0', 'Host: a', 'Expect: 100-continue', 'Connection: upgrade', 'Upgrade: x');
    expect(forwarded(head)).toEqual(['GET / HTTP/1.1', 'Host: a', 'via: 1.0 weir']);
    expect(facts).toMatchObject({ expectsContinue: false, upgrade: false });
  });
});

describe('a body', () => {
  it.each(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'POST', 'X'])(
    'of %s goes on with its length, written anew',
    (method) => {
      const passed = pass(`${headOf(`${method} / HTTP/1.1`, 'Content-Length:  0005 ', 'Host: a')}helloGET`);
      expect(linesOf(passed.head)).toEqual([`${method} / HTTP/1.1`, 'Host: a', 'content-length: 5']);
      expect(passed).toMatchObject({ body: 'hello', over: true, surplus: 'GET' });
    },
  );

  it.each(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'POST', 'X'])('of %s goes on in chunks', (method) => {
    const passed = pass(
      `${headOf(`${method} / HTTP/1.1`, 'transfer-ENCODING: Chunked ', 'Host: a')}2\r\nhi\r\n0\r\n\r\nGET`,
    );
    expect(linesOf(passed.head)).toEqual([`${method} / HTTP/1.1`, 'Host: a', 'transfer-encoding: chunked']);
    expect(passed).toMatchObject({ body: '2\r\nhi\r\n0\r\n\r\n', over: true, surplus: 'GET' });
  });

  it('of length 0 is said to be so', () => {
    expect(pass(get('Content-Length: 0'))).toMatchObject({ over: true });
    expect(facts).toMatchObject({ framing: Framing.length, length: 0 });
  });

  it('may be as long as numbers are exact', () => {
    expect(forwarded(get('Content-Length: 9007199254740991'))).toContain('content-length: 9007199254740991');
  });
});
