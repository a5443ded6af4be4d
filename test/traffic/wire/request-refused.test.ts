import { describe, expect, it } from 'vitest';
import { HEAD_LIMIT_BYTES, passEverySplit, passRequest } from './collecting.ts';

const CHUNKS = '0\r\n\r\n';
const get = (...lines: string[]) => ['GET / HTTP/1.1', 'Host: a', ...lines, '\r\n'].join('\r\n');
const post = (...lines: string[]) => ['POST / HTTP/1.1', 'Host: a', ...lines, '\r\n'].join('\r\n');
const target = (text: string, method = 'GET') => `${method} ${text} HTTP/1.1\r\nHost: a\r\n\r\n`;
const host = (value: string) => `GET / HTTP/1.1\r\nHost: ${value}\r\n\r\n`;

type Case = readonly [what: string, message: string, fault: string, status?: number];

const REQUEST_LINES: Case[] = [
  ['two spaces before the target', 'GET  / HTTP/1.1\r\nHost: a\r\n\r\n', 'malformed-request-line'],
  ['two spaces before the version', 'GET /  HTTP/1.1\r\nHost: a\r\n\r\n', 'malformed-request-line'],
  ['a space before the method', ' GET / HTTP/1.1\r\nHost: a\r\n\r\n', 'malformed-request-line'],
  ['a space behind the version', 'GET / HTTP/1.1 \r\nHost: a\r\n\r\n', 'malformed-request-line'],
  ['a tab instead of a space', 'GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n', 'malformed-request-line'],
  ['a space inside the target', 'GET /a b HTTP/1.1\r\nHost: a\r\n\r\n', 'malformed-request-line'],
  ['no target', 'GET HTTP/1.1\r\nHost: a\r\n\r\n', 'malformed-request-line'],
  ['an empty target', 'GET  HTTP/1.1\r\nHost: a\r\n\r\n', 'malformed-request-line'],
  ['no version, as in HTTP/0.9', 'GET /\r\n\r\n', 'malformed-request-line'],
  ['a version of two digits', 'GET / HTTP/1.10\r\nHost: a\r\n\r\n', 'malformed-request-line'],
  ['a version without minor', 'GET / HTTP/1\r\nHost: a\r\n\r\n', 'malformed-request-line'],
  ['a version in lower case', 'GET / http/1.1\r\nHost: a\r\n\r\n', 'malformed-request-line'],
  ['an unknown minor version', 'GET / HTTP/1.2\r\nHost: a\r\n\r\n', 'malformed-request-line'],
  ['another protocol', 'GET / ICY/1.1\r\nHost: a\r\n\r\n', 'malformed-request-line'],
  ['another major version', 'GET / HTTP/3.0\r\nHost: a\r\n\r\n', 'version-not-supported', 505],
  ['the major version 0', 'GET / HTTP/0.9\r\nHost: a\r\n\r\n', 'version-not-supported', 505],
  ['the HTTP/2 preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'version-not-supported', 505],
  ['a method that is no token', 'G(T / HTTP/1.1\r\nHost: a\r\n\r\n', 'malformed-request-line'],
  ['an endless method', `${'A'.repeat(33)} / HTTP/1.1\r\nHost: a\r\n\r\n`, 'method-too-long', 501],
  ['two empty lines first', '\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n', 'malformed-request-line'],
  ['a bare LF behind the request line', 'GET / HTTP/1.1\nHost: a\r\n\r\n', 'malformed-request-line'],
  ['bare LFs everywhere', 'GET / HTTP/1.1\nHost: a\n\n', 'malformed-line-end'],
  ['a TLS hello', '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001', 'malformed-line-end'],
  ['no field at all, so no Host', 'GET / HTTP/1.1\r\n\r\n', 'missing-host'],
  ['CONNECT', target('a:443', 'CONNECT'), 'connect-not-supported', 501],
  ['CONNECT with a path', target('/', 'CONNECT'), 'malformed-target'],
  ['TRACE', target('/', 'TRACE'), 'trace-not-allowed', 405],
];

const TARGETS: Case[] = [
  ...['\u0000', '\u0001', '\t', '\u007f', '\u0080', 'é', '#', '\r'].map((byte): Case => [
    `byte ${byte.charCodeAt(0)} in the target`,
    target(`/a${byte}b`),
    'malformed-request-line',
  ]),
  ['a relative path', target('a'), 'malformed-target'],
  ['an authority without CONNECT', target('a:80'), 'malformed-target'],
  ['a query alone', target('?a'), 'malformed-target'],
  ['an asterisk without OPTIONS', target('*'), 'malformed-target'],
  ['an asterisk with more behind it', target('*/', 'OPTIONS'), 'malformed-target'],
  ['another scheme', target('ftp://a/'), 'malformed-target'],
  ['a scheme alone', target('http://'), 'malformed-target'],
  ['an absolute target without host', target('http:///a'), 'malformed-target'],
  ['one slash behind the scheme', target('http:/a'), 'malformed-target'],
  ['a user in the target', target('http://user@a/'), 'malformed-target'],
  ['a user with password in the target', target('http://user:pass@a/'), 'malformed-target'],
  ['a backslash in the authority', target('http://a\\b/'), 'malformed-target'],
];

const HOSTS: Case[] = [
  ...['', 'a b', 'a,b', 'user@a', 'a/b', 'a?b', 'a#b', 'a\\b', 'a:b', 'a:80:80', 'a:-1', 'a:+1', 'a:65536', 'a:999999']
    .concat(['a: 80', 'http://a', ':80', '[::1', '[]', '[::1]x', '[1.2.3.4]', '[::1::]', '[:::]', '[1:2:3:4:5:6:7]'])
    .concat(['[1:2:3:4:5:6:7:8:9]', '[12345::]', '[fe80::1%25eth0]', '[g::]', '[::1.2.3]', '[::1.2.3.256]', '[1:]'])
    .concat(['%', '%4', '%zz', 'é', 'a"b', '<a>', 'a|b', 'a^b', '::1', 'a\tb', '{a}', '`a'])
    .map((value): Case => [`Host "${value}"`, host(value), 'invalid-host']),
  ['two Hosts', get('Host: b'), 'invalid-host'],
  ['two equal Hosts', get('Host: a'), 'invalid-host'],
  ['a malformed Host beside an absolute target', target('http://b/').replace('Host: a', 'Host: @'), 'invalid-host'],
  ['a malformed Host in HTTP/1.0', 'GET / HTTP/1.0\r\nHost: a b\r\n\r\n', 'invalid-host'],
];

const FIELDS: Case[] = [
  ...['\u0000', '\u0001', '\u000b', '\u000c', '\u001f', '\u007f', '\r', '\n', '\rB: c'].map((byte): Case => [
    `${JSON.stringify(byte)} in a value`,
    get(`A: b${byte}c`),
    'malformed-field',
  ]),
  ['a space before the colon', get('A : b'), 'malformed-field'],
  ['a tab before the colon', get('A\t: b'), 'malformed-field'],
  ['an empty name', get(': b'), 'malformed-field'],
  ['a line without colon', get('A'), 'malformed-field'],
  ['a space inside a name', get('A B: c'), 'malformed-field'],
  ['a name that is no token', get('A(B): c'), 'malformed-field'],
  ['a name beyond ASCII', get('Aé: c'), 'malformed-field'],
  ['a NUL in a name', get('A\u0000: c'), 'malformed-field'],
  ['a folded line', get('A: b', ' c'), 'malformed-field'],
  ['a line folded with a tab', get('A: b', '\tc'), 'malformed-field'],
  ['a folded first line', 'GET / HTTP/1.1\r\n Host: a\r\n\r\n', 'malformed-field'],
  ['a Host behind a space', 'GET / HTTP/1.1\r\nHost : a\r\n\r\n', 'malformed-field'],
  ['a bare LF at the end', 'GET / HTTP/1.1\r\nHost: a\r\n\n', 'malformed-line-end'],
  ['a bare CR at the end', 'GET / HTTP/1.1\r\nHost: a\r\n\rX: b\r\n\r\n', 'malformed-field'],
  ['a second CR', 'GET / HTTP/1.1\r\r\nHost: a\r\n\r\n', 'malformed-request-line'],
  ['41 lines where 40 are allowed', get(...Array.from({ length: 40 }, () => 'a: b')), 'too-many-fields', 431],
  ['17 lines of X-Forwarded-For', get(...Array.from({ length: 17 }, () => 'X-Forwarded-For: b')), 'too-many-forwarded'],
  ['another expectation', get('Expect: 200-ok'), 'expectation-failed', 417],
  ['two expectations in one', get('Expect: 100-continue, a'), 'expectation-failed', 417],
  ['no expectation', get('Expect:'), 'expectation-failed', 417],
  ['Connection with a space in an option', get('Connection: a b'), 'invalid-connection'],
  ['Connection with a quoted option', get('Connection: "close"'), 'invalid-connection'],
  ['33 fields named in Connection', get(`Connection: ${'x,'.repeat(33)}`), 'invalid-connection'],
  [
    'a fourth pass through Weir',
    get('Via: 1.1 weir, 1.1 WEIR (x)', 'Via: HTTP/1.1 weir, 1.0 weir'),
    'loop-detected',
    508,
  ],
];

const FRAMINGS: Case[] = [
  ...['', ' ', '+5', '-5', '5,5', '5, 5', '5 5', '0x5', '5a', 'a', '5.0', '9007199254740992', '1e1', '"5"'].map(
    (value): Case => [`Content-Length "${value}"`, post(`Content-Length: ${value}`), 'invalid-content-length'],
  ),
  ['an astronomic Content-Length', post(`Content-Length: ${'9'.repeat(400)}`), 'invalid-content-length'],
  ['two lengths', post('Content-Length: 5', 'Content-Length: 6'), 'invalid-content-length'],
  ['two equal lengths', post('Content-Length: 5', 'Content-Length: 5'), 'invalid-content-length'],
  ['CL.TE', post('Content-Length: 5', 'Transfer-Encoding: chunked') + CHUNKS, 'conflicting-framing'],
  ['TE.CL', post('Transfer-Encoding: chunked', 'Content-Length: 5') + CHUNKS, 'conflicting-framing'],
  [
    'a length of 0 with a coding',
    post('Transfer-Encoding: chunked', 'Content-Length: 0') + CHUNKS,
    'conflicting-framing',
  ],
  ['two codings', post('Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'), 'invalid-transfer-encoding'],
  ['a coding and another', post('Transfer-Encoding: chunked', 'Transfer-Encoding: x'), 'invalid-transfer-encoding'],
  ['a coding in HTTP/1.0', post('Transfer-Encoding: chunked').replace('1.1', '1.0'), 'invalid-transfer-encoding'],
  ['another coding in HTTP/1.0', post('Transfer-Encoding: gzip').replace('1.1', '1.0'), 'invalid-transfer-encoding'],
  ...['', 'chunked, chunked', 'chunked,', ',chunked', 'chunked;q=1', '"chunked"', 'chunked, gzip', 'chunked chunked']
    .concat(['chunked, identity', 'chunked\u00a0', '[chunked', 'chunked"', 'gzip;q=1', ';chunked', 'chunked;'])
    .map((value): Case => [
      `coding ${JSON.stringify(value)}`,
      post(`Transfer-Encoding: ${value}`),
      'invalid-transfer-encoding',
    ]),
  ...[
    'gzip',
    'gzip, chunked',
    'identity',
    'xchunked',
    'chunkedx',
    'deflate',
    "'chunked'",
    'chunk',
    'gzip,\tchunked',
  ].map((value): Case => [`coding ${value}`, post(`Transfer-Encoding: ${value}`), 'unsupported-coding', 501]),
  ['a tab behind the coding', post('Transfer-Encoding: chunked\t'), 'invalid-transfer-encoding'],
  ['a tab further behind the coding', post('Transfer-Encoding: chunked \t '), 'invalid-transfer-encoding'],
  ['a vertical tab before the coding', post('Transfer-Encoding: \u000bchunked'), 'malformed-field'],
  ['a coding behind a folded line', post('Transfer-Encoding:', ' chunked'), 'invalid-transfer-encoding'],
  ['a coding behind a spaced name', post('Transfer-Encoding : chunked'), 'malformed-field'],
];

describe('a request is refused', () => {
  const cases = [...REQUEST_LINES, ...TARGETS, ...HOSTS, ...FIELDS, ...FRAMINGS];

  it.each(cases.map(([what, message, fault, status = 400]) => ({ what, message, fault, status })))(
    'for $what',
    ({ message, fault, status }) => {
      expect(passEverySplit(message, passRequest)).toMatchObject({ fault, status, head: '' });
    },
  );
});

describe('a head that does not end', () => {
  const line = `GET /${'a'.repeat(HEAD_LIMIT_BYTES)}`;

  it.each([
    ['for its target', line, 'target-too-long', 414],
    ['for its target, though it ends', `${line} HTTP/1.1\r\nHost: a\r\n\r\n`, 'target-too-long', 414],
    ['for its fields', get(`A: ${'b'.repeat(HEAD_LIMIT_BYTES)}`), 'head-too-large', 431],
  ])('is refused %s', (_, message, fault, status) => {
    expect(passRequest([message])).toMatchObject({ fault, status });
    expect(passRequest(message.split(''))).toMatchObject({ fault, status });
  });

  it.each([
    'GET /\r\n',
    'GET / HTTP/2.0\r\n',
    'hello\r\n',
    'GET / HTTP/1.1\r\nA: b\n',
    'G\u0000',
    'G\rE',
    'A'.repeat(40),
    'GE(',
    '(',
    '\n',
  ])('is not waited for once it is hopeless: %j', (message) => {
    expect(passRequest([message]).fault).not.toBe('');
    expect(passRequest(message.split('')).fault).not.toBe('');
  });

  it.each([
    '',
    '\r',
    '\r\n',
    'GET',
    'GET /',
    'GET / HTTP/1.1',
    'GET / HTTP/1.1\r',
    'GET / HTTP/1.1\r\n',
    'GET / HTTP/1.1\r\nA',
  ])('is waited for while it may become one: %j', (message) => {
    expect(passRequest([message])).toMatchObject({ fault: '', head: '' });
    expect(passRequest(message.split(''))).toMatchObject({ fault: '', head: '' });
  });
});
