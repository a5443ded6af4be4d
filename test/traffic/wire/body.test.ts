import { describe, expect, it } from 'vitest';
import { Body } from '../../../src/traffic/wire/body.ts';
import { Framing } from '../../../src/traffic/wire/head.ts';
import { passEverySplit, passRequest } from './collecting.ts';

const HEAD = 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n';
const pass = (body: string) => passEverySplit(HEAD + body, passRequest);

describe('a chunked body', () => {
  it.each([
    '0\r\n\r\n',
    '5\r\nhello\r\n0\r\n\r\n',
    'A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n',
    '0000000000000005\r\nhello\r\n0000000000000000\r\n\r\n',
    '2\r\n\r\n\r\n0\r\n\r\n',
    '5\r\n0\r\n\r\n\r\n0\r\n\r\n',
  ])('passes as it is: %j', (body) => {
    expect(pass(`${body}GET /`)).toMatchObject({ fault: '', body, over: true, surplus: 'GET /' });
  });

  it.each([
    ['5;a=b\r\nhello\r\n0;c\r\n\r\n', '5\r\nhello\r\n0\r\n\r\n'],
    ['1;a="b;c";d\r\nx\r\n1;e="\\"\u0080";f=g;h\r\ny\r\n0\r\n\r\n', '1\r\nx\r\n1\r\ny\r\n0\r\n\r\n'],
    ['1;a="";b\r\nx\r\n0\r\n\r\n', '1\r\nx\r\n0\r\n\r\n'],
  ])('loses its extensions: %j', (body, forwarded) => {
    expect(pass(body)).toMatchObject({ fault: '', body: forwarded, over: true });
  });

  it.each([
    ...['0x5', '+5', '-5', ' 5', '5 ', '5\t', '5 ;a', '', ';a', 'g', '5g', '5,', '5=', '00000000000000005'].map(
      (size) => `${size}\r\nhello\r\n0\r\n\r\n`,
    ),
    '20000000000000\r\nhello\r\n0\r\n\r\n',
    'ffffffffffffffff\r\nhello\r\n0\r\n\r\n',
    '5\nhello\r\n0\r\n\r\n',
    '5\rhello\r\n0\r\n\r\n',
    '5\r\rhello\r\n0\r\n\r\n',
    '5\r\nhello\n0\r\n\r\n',
    '5\r\nhello0\r\n\r\n',
    '5\r\nhello\r0\r\n\r\n',
    '5\r\nhello\r\r\n0\r\n\r\n',
    '5\r\nhello!\r\n0\r\n\r\n',
    '5\r\nhell\r\n0\r\n\r\n',
    '5\r\nhello\r\n\r\n',
    ...[
      '5;',
      '5;;a',
      '5;a;',
      '5;=b',
      '5;a=',
      '5;a=;b',
      '5;a="b',
      '5;a="b"c',
      '5; a',
      '5;a ',
      '5;a =b',
      '5;a= b',
      '5;a="\\',
      '5;\u0080',
    ].map((line) => `${line}\r\nhello\r\n0\r\n\r\n`),
    '5;a\nhello\r\n0\r\n\r\n',
    '5;a\rhello\r\n0\r\n\r\n',
    '5;a\u0000\r\nhello\r\n0\r\n\r\n',
    '5;a="\r\n"\r\nhello\r\n0\r\n\r\n',
    '0\n\r\n',
    '0\r\n\r0\r\n',
    '0\r\n\r\r\n',
    '\r\n0\r\n\r\n',
    '5\u0000\r\nhello\r\n0\r\n\r\n',
  ])('is refused when it is not canonical: %j', (body) => {
    expect(pass(body)).toMatchObject({ fault: 'malformed-chunk', status: 400, over: false });
  });

  it('is bounded in its extensions, over the whole message', () => {
    const chunk = `1;${'a'.repeat(4095)}\r\nx\r\n`;
    const whole = (chunks: number) => passRequest([`${HEAD}${chunk.repeat(chunks)}0\r\n\r\n`]);
    expect(whole(4)).toMatchObject({ fault: '', over: true });
    expect(whole(5)).toMatchObject({ fault: 'oversized-extensions', over: false });
  });

  it('is not over before its last byte', () => {
    const body = '5;x\r\nhello\r\n0\r\nA: b\r\n\r\n';
    for (let length = 0; length < body.length; length++) {
      expect(passRequest([HEAD + body.slice(0, length)])).toMatchObject({ over: false, fault: '' });
    }
  });
});

describe('a trailer', () => {
  it.each([
    ['X-Sum: 1\r\n', 'X-Sum: 1\r\n'],
    ['A:b\r\nB:\r\nC: \u0080\t \r\n', 'A:b\r\nB:\r\nC: \u0080\t \r\n'],
    ['A: b\r\nContent-Type: x\r\nExpires: 0\r\nB: c\r\n', 'A: b\r\nB: c\r\n'],
    ['Trailer: a\r\n', ''],
    [`A: ${'b'.repeat(700)}\r\nB: ${'c'.repeat(700)}\r\n`, `A: ${'b'.repeat(700)}\r\nB: ${'c'.repeat(700)}\r\n`],
  ])('goes on when it is allowed: %j', (trailer, forwarded) => {
    expect(pass(`1\r\nx\r\n0\r\n${trailer}\r\nGET`)).toMatchObject({
      fault: '',
      over: true,
      surplus: 'GET',
      body: `1\r\nx\r\n0\r\n${forwarded}\r\n`,
    });
  });

  it.each([
    'Content-Length: 5',
    'transfer-encoding: chunked',
    'HOST: a',
    'Cookie: a',
    'Authorization: a',
    'X-Weir-Upstream: a',
  ])('is refused when it would frame, route or authenticate: %s', (line) => {
    expect(pass(`0\r\nA: b\r\n${line}\r\n\r\n`)).toMatchObject({ fault: 'forbidden-trailer', over: false });
  });

  it.each([
    'A',
    ': b',
    'A : b',
    ' A: b',
    'A: b\r\n c',
    'A: b\u0000',
    'A: b\rC: d',
    'GET / HTTP/1.1',
    'A: b\nC: d',
    '\n',
  ])('is refused when it is not a field: %j', (line) => {
    expect(pass(`0\r\n${line}\r\n\r\n`)).toMatchObject({ fault: 'malformed-trailer', over: false });
  });

  it('is bounded, with or without line ends, kept or dropped', () => {
    const long = 'x'.repeat(17_000);
    for (const trailer of [`A: ${long}`, `Date: ${'x'.repeat(100)}\r\n`.repeat(200), `A: ${long}\r\n\r\n`]) {
      expect(passRequest([`${HEAD}0\r\n${trailer}`])).toMatchObject({ fault: 'oversized-trailer', over: false });
    }
  });
});

describe('a body state', () => {
  const bytes = Buffer.from('5\r\nhello\r\n3;x\r\nabc\r\n0\r\n\r\nrest');

  it('lets a canonical body pass in one range a read', () => {
    const body = new Body();
    body.begin(Framing.chunked, 0);
    expect(body.advance(bytes, 0, 10)).toBe(10);
    expect([body.passStart, body.passEnd, body.received]).toEqual([0, 10, 5]);
  });

  it('stops where a hole ends, and goes on from there', () => {
    const body = new Body();
    body.begin(Framing.chunked, 0);
    const behindHole = body.advance(bytes, 0, bytes.length);
    expect(bytes.toString('latin1', body.passStart, body.passEnd)).toBe('5\r\nhello\r\n3');
    const behind = body.advance(bytes, behindHole, bytes.length);
    expect(bytes.toString('latin1', body.passStart, body.passEnd)).toBe('\r\nabc\r\n0\r\n\r\n');
    expect(bytes.toString('latin1', behind)).toBe('rest');
    expect(body.over).toBe(true);
  });

  it('can be used for the next message, whatever became of the last', () => {
    const body = new Body();
    body.begin(Framing.chunked, 0);
    body.advance(Buffer.from('x'), 0, 1);
    body.begin(Framing.length, 3);
    expect(body.advance(bytes, 0, bytes.length)).toBe(3);
    expect(body).toMatchObject({ over: true, fault: 0, received: 3, passEnd: 3 });
    body.begin(Framing.none, -1);
    expect(body.over).toBe(true);
  });
});
