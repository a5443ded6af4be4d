import { describe, expect, it } from 'vitest';
import { Framing, Method, Trace } from '../../../src/traffic/wire/head.ts';
import { Name } from '../../../src/traffic/wire/names.ts';
import { FRESH_TRACE, PEER, facts, linesOf, passEverySplit, passRequest } from './collecting.ts';

const VALID_TRACE = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const request = (line: string, ...lines: string[]) => [line, ...lines, '\r\n'].join('\r\n');
const get = (...lines: string[]) => request('GET / HTTP/1.1', 'Host: a', ...lines);
const pass = (message: string) => passEverySplit(message, passRequest);
const forwarded = (message: string) => {
  const passed = pass(message);
  expect(passed.fault).toBe('');
  return linesOf(passed.head);
};

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
    expect(forwarded(request(`${text} / HTTP/1.1`, 'Host: a'))[0]).toBe(`${text} / HTTP/1.1`);
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
    expect(forwarded(request(`GET ${target} HTTP/1.1`, 'Host: a'))[0]).toBe(`GET ${target} HTTP/1.1`);
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
    const passed = pass(request(`${line} HTTP/1.1`, 'A: b', 'hOST: a', 'C: d'));
    expect(linesOf(passed.head)).toEqual([`${origin} HTTP/1.1`, `host: ${host}`, 'A: b', 'C: d']);
    expect(passed.head).toContain(`x-forwarded-host: ${host}\r\n`);
  });

  it('may be an asterisk for OPTIONS', () => {
    expect(forwarded(request('OPTIONS * HTTP/1.1', 'Host: a'))[0]).toBe('OPTIONS * HTTP/1.1');
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
    expect(forwarded(request('GET / HTTP/1.1', `Host: \t${host} \t`))).toHaveLength(2);
  });
});

describe('HTTP/1.0', () => {
  it('goes on as HTTP/1.1, with the upstream as Host when it had none', () => {
    expect(pass(request('GET /a HTTP/1.0', 'A: b')).head).toBe(
      `GET /a HTTP/1.1\r\nhost: upstream:3000\r\nA: b\r\nx-forwarded-for: ${PEER}\r\nx-forwarded-proto: http\r\n` +
        `via: 1.0 weir\r\ntraceparent: ${FRESH_TRACE}\r\n\r\n`,
    );
  });

  it('keeps its own Host', () => {
    expect(forwarded(request('GET /a HTTP/1.0', 'Host: b')).slice(0, 2)).toEqual(['GET /a HTTP/1.1', 'Host: b']);
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
    pass(request(line, 'Host: a', ...lines));
    expect(facts.persistent).toBe(persistent);
  });

  it('has neither expectations nor upgrades', () => {
    const head = request('GET / HTTP/1.0', 'Host: a', 'Expect: 100-continue', 'Connection: upgrade', 'Upgrade: x');
    expect(forwarded(head)).toEqual(['GET / HTTP/1.1', 'Host: a', 'via: 1.0 weir']);
    expect(facts).toMatchObject({ expectsContinue: false, upgrade: false });
  });
});

describe('fields of one hop', () => {
  it.each(['Connection: close', 'Keep-Alive: timeout=5', 'Proxy-Connection: keep-alive', 'TE: gzip', 'Upgrade: x/1'])(
    '%s stays behind',
    (line) => {
      expect(forwarded(get('A: b', line, 'C: d'))).toEqual(['GET / HTTP/1.1', 'Host: a', 'A: b', 'C: d']);
    },
  );

  it.each(['Proxy-Authorization: x', 'Proxy-Authenticate: x', 'pROXY-aUTHORIZATION: y'])('%s stays behind', (line) => {
    expect(forwarded(get(line))).toEqual(['GET / HTTP/1.1', 'Host: a']);
  });

  it('are also those that Connection names, before or behind it', () => {
    const lines = forwarded(
      get('X-One: 1', 'Connection: x-one, X-TWO,keep-alive', 'x-two: 2', 'X-Three: 3', 'X-ONE: 1'),
    );
    expect(lines).toEqual(['GET / HTTP/1.1', 'Host: a', 'X-Three: 3']);
  });

  it('are not those that begin like one that Connection names', () => {
    expect(forwarded(get('Connection: x', 'xx: 1'))).toContain('xx: 1');
  });

  it('cannot be made of fields that carry routing, framing or trust', () => {
    const names = ['Host', 'Content-Length', 'Transfer-Encoding', 'Cookie', 'Authorization', 'X-Forwarded-For', 'Via'];
    const more = [
      'X-Forwarded-Proto',
      'X-Forwarded-Host',
      'X-Forwarded-Port',
      'X-Weir-Upstream',
      'X-User-Id',
      'Forwarded',
    ];
    const all = [...names, ...more, 'Traceparent', 'X-Weir-Other', 'Expect'];
    const kept = [
      'Cookie: a=b',
      'Authorization: x',
      'X-Forwarded-Proto: https',
      'X-Forwarded-Port: 1',
      'Forwarded: for=b',
    ];
    const ours = [
      'X-Weir-Upstream: stable',
      'X-User-Id: 7',
      `Traceparent: ${VALID_TRACE}`,
      'X-Weir-Other: 1',
      'Via: 1.1 x',
    ];
    const lines = [...kept, ...ours, 'Expect: 100-continue'];
    const passed = pass(
      `${get(`Connection: ${all.join(', ')}`, 'Content-Length: 1', 'X-Forwarded-For: c', ...lines)}z`,
    );
    expect(linesOf(passed.head)).toEqual([
      'GET / HTTP/1.1',
      'Host: a',
      ...lines,
      'content-length: 1',
      `x-forwarded-for: c, ${PEER}`,
    ]);
    expect(passed.body).toBe('z');
  });

  it('leave TE: trailers to the next hop', () => {
    expect(forwarded(get('TE: gzip;q=1, trailers'))).toEqual([
      'GET / HTTP/1.1',
      'Host: a',
      'te: trailers',
      'connection: te',
    ]);
  });
});

describe('what the upstream is told of the client', () => {
  const headOf = (...lines: string[]) => pass(get(...lines)).head;

  it('appends the peer to one or several X-Forwarded-For', () => {
    expect(headOf('X-Forwarded-For: 1, 2 ', 'X-forwarded-for:', 'X-FORWARDED-FOR: 3')).toContain(
      `\r\nx-forwarded-for: 1, 2, 3, ${PEER}\r\n`,
    );
  });

  it('leaves X-Forwarded-Proto, -Host and Via as they are', () => {
    const head = headOf('X-Forwarded-Proto: https', 'X-Forwarded-Host: b', 'Via: 1.0 x');
    expect(head).toContain('X-Forwarded-Proto: https\r\nX-Forwarded-Host: b\r\nVia: 1.0 x\r\n');
    expect(head.match(/x-forwarded-(proto|host)/gi)).toHaveLength(2);
    expect(head.match(/via:/gi)).toHaveLength(2);
  });

  it('passes on a request that has been here three times', () => {
    expect(pass(get('Via: 1.1 weir,1.1 weir , 1.1 weirs', 'Via: 1.1 weir, 1.1 x')).fault).toBe('');
    expect(facts.passes).toBe(3);
  });
});

describe('a trace context', () => {
  const other = [`cc-${VALID_TRACE.slice(3)}`, `cc-${VALID_TRACE.slice(3)}-what`];
  it.each([VALID_TRACE, ...other])('goes on when it is valid: %s', (value) => {
    expect(forwarded(get(`Traceparent: ${value}`, 'tracestate: a=b'))).toContain(`Traceparent: ${value}`);
    expect(facts.trace).toBe(Trace.valid);
    expect(facts.traceEnd - facts.traceStart).toBe(value.length);
  });

  it.each([
    '',
    'x',
    VALID_TRACE.toUpperCase(),
    `${VALID_TRACE}-x`,
    VALID_TRACE.slice(0, -1),
    `ff${VALID_TRACE.slice(2)}`,
    `0g${VALID_TRACE.slice(2)}`,
    `cc${VALID_TRACE.slice(2)}x`,
    `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
    `00-4bf92f3577b34da6a3ce929d0e0e4736-${'0'.repeat(16)}-01`,
    VALID_TRACE.replaceAll('-', '_'),
  ])('is replaced, with its state, when it is not: %j', (value) => {
    const { head } = pass(get('Tracestate: a=b', `Traceparent: ${value}`));
    expect(head.match(/trace(parent|state): .*/gi)).toEqual([`traceparent: ${FRESH_TRACE}`]);
  });

  it('is replaced when there are two', () => {
    const { head } = pass(get(`Traceparent: ${VALID_TRACE}`, 'A: b', `Traceparent: ${VALID_TRACE}`));
    expect(head.match(/traceparent: .*/gi)).toEqual([`traceparent: ${FRESH_TRACE}`]);
    expect(head).toContain('A: b');
  });
});

describe('a body', () => {
  it.each(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'POST', 'X'])(
    'of %s goes on with its length, written anew',
    (method) => {
      const passed = pass(`${request(`${method} / HTTP/1.1`, 'Content-Length:  0005 ', 'Host: a')}helloGET`);
      expect(linesOf(passed.head)).toEqual([`${method} / HTTP/1.1`, 'Host: a', 'content-length: 5']);
      expect(passed).toMatchObject({ body: 'hello', over: true, surplus: 'GET' });
    },
  );

  it.each(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'POST', 'X'])('of %s goes on in chunks', (method) => {
    const passed = pass(
      `${request(`${method} / HTTP/1.1`, 'transfer-ENCODING: Chunked ', 'Host: a')}2\r\nhi\r\n0\r\n\r\nGET`,
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

describe('the facts', () => {
  const valueOf = (message: string, start: number, end: number) => message.slice(start - 7, end - 7);

  it('tell where the watched fields and the cookies are, the first line of a name counting', () => {
    const message = get(
      'X-User-Id: seven ',
      'X-USER-ID: eight',
      'Cookie: a=b',
      'Cookie: weir=12',
      'Idempotency-Key: k',
    );
    passRequest([message]);
    expect(valueOf(message, facts.watched[0]!, facts.watched[1]!)).toBe('seven');
    expect(facts.watched.slice(2)).toEqual(Int32Array.of(-1, -1));
    expect(facts.cookieCount).toBe(4);
    expect(valueOf(message, facts.cookies[2]!, facts.cookies[3]!)).toBe('weir=12');
    expect(facts.has(Name.idempotencyKey)).toBe(true);
  });

  it.each([
    [['Connection: Upgrade', 'Upgrade: websocket'], true],
    [['Upgrade: websocket, x/2', 'Connection: keep-alive, upgrade'], true],
    [['Upgrade: websocket'], false],
    [['Connection: upgrade'], false],
    [['Connection: upgrade', 'Upgrade:'], false],
    [['Connection: upgrade, http2-settings', 'Upgrade: h2c', 'HTTP2-Settings: x'], false],
    [['Connection: upgrade', 'Upgrade: websocket, H2C'], false],
    [['Connection: upgrade', 'Upgrade: a', 'Upgrade: b'], false],
  ])('tell whether %j is a wish to upgrade: %s', (lines, upgrade) => {
    const passed = pass(get(...lines));
    expect(facts.upgrade).toBe(upgrade);
    expect(linesOf(passed.head)).toEqual(['GET / HTTP/1.1', 'Host: a']);
  });

  it('tell that the client expects to be told to continue, and the expectation goes on', () => {
    expect(forwarded(get('Expect: 100-Continue'))).toContain('Expect: 100-Continue');
    expect(facts.expectsContinue).toBe(true);
  });
});
