import { describe, expect, it } from 'vitest';
import { Trace } from '../../../src/traffic/wire/head.ts';
import { Name } from '../../../src/traffic/wire/names.ts';
import {
  FRESH_TRACE,
  MARGIN,
  PEER,
  facts,
  forwarded,
  get,
  linesOf,
  passEverySplit,
  passRequest,
} from './collecting.ts';

const VALID_TRACE = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const pass = (message: string) => passEverySplit(message, passRequest);
const passedHead = (...lines: string[]) => pass(get(...lines)).head;
const valueOf = (message: string, start: number, end: number) =>
  message.slice(start - MARGIN.length, end - MARGIN.length);

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

  it('may stand between any two others', () => {
    const kept = Array.from({ length: 19 }, (_, index) => `A${index}: b`);
    expect(forwarded(get(...kept.flatMap((line) => [line, 'Proxy-Connection: x'])))).toEqual([
      'GET / HTTP/1.1',
      'Host: a',
      ...kept,
    ]);
    expect(forwarded(get('Connection: y', ...kept.flatMap((line) => [line, 'Y: x'])))).toHaveLength(21);
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
  it('appends the peer to one or several X-Forwarded-For', () => {
    expect(passedHead('X-Forwarded-For: 1, 2 ', 'X-forwarded-for:', 'X-FORWARDED-FOR: 3')).toContain(
      `\r\nx-forwarded-for: 1, 2, 3, ${PEER}\r\n`,
    );
  });

  it('leaves X-Forwarded-Proto, -Host and Via as they are', () => {
    const head = passedHead('X-Forwarded-Proto: https', 'X-Forwarded-Host: b', 'Via: 1.0 x');
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

describe('the facts', () => {
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
