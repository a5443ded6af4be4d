/** Random messages near the border between valid and not: shuffled pieces of messages, then a byte or two changed. */
import type { Random } from '../../../src/support/random.ts';

const REQUEST_LINES = [
  'GET / HTTP/1.1',
  'POST / HTTP/1.1',
  'POST /a?b HTTP/1.1',
  'HEAD / HTTP/1.1',
  'GET http://h/x HTTP/1.1',
  'OPTIONS * HTTP/1.1',
  'GET / HTTP/1.0',
  'POST / HTTP/1.0',
  'DELETE //x HTTP/1.1',
  '\r\nPUT / HTTP/1.1',
  'GET  / HTTP/1.1',
  'GET / HTTP/1.1 ',
  'GET /\u0080 HTTP/1.1',
  'GET / HTTP/1.2',
  'GET /#x HTTP/1.1',
];

const STATUS_LINES = [
  'HTTP/1.1 200 OK',
  'HTTP/1.1 204 None',
  'HTTP/1.1 304 Same',
  'HTTP/1.1 100 Go',
  'HTTP/1.1 103 Early',
  'HTTP/1.0 200 OK',
  'HTTP/1.1 200',
  'HTTP/1.1 200 ',
  'HTTP/1.1 503 \u0080\t',
  'HTTP/1.1 101 Other',
  'HTTP/1.1 2000 OK',
  'HTTP/1.1  200 OK',
  'HTTP/1.1 205 Reset',
];

const FIELDS = [
  'Host: a',
  'Host: b:80',
  'Host: a\t',
  'Content-Length: 5',
  'Content-Length: 0',
  'Content-Length:  05 ',
  'Content-Length:\t5\t',
  'Content-Length: 5, 5',
  'Content-Length: +5',
  'Content-Length:',
  'Content-Length : 5',
  'Content_Length: 5',
  'Transfer-Encoding: chunked',
  'transfer-encoding: Chunked ',
  'Transfer-Encoding:\tchunked',
  'Transfer-Encoding: chunked\t',
  'Transfer-Encoding: gzip, chunked',
  'Transfer-Encoding: identity',
  'Transfer-Encoding:',
  'Connection: close',
  'Connection: keep-alive, close',
  'Connection: x-a, te',
  'Connection:',
  'Connection: content-length, transfer-encoding, host',
  'Connection: upgrade',
  'Upgrade: websocket',
  'Upgrade: h2c',
  'X-A: 1',
  'TE: trailers',
  'Expect: 100-continue',
  'Keep-Alive: timeout=5',
  'Proxy-Connection: close',
  'Trailer: x',
  'A:b',
  'A: \t b \t',
  'A:',
  'A: \u0080\u00ff',
  ' folded',
  'A: b\n',
  'A: b\r',
  'A: \u0000',
  '\u0000: a',
  'A: \u007f',
  'Via: 1.1 other',
  'X-Forwarded-For: 1',
  'Cookie: a=b',
  'Traceparent: 00-1',
];

const BODIES = [
  'hello',
  '5\r\nhello\r\n',
  '0\r\n\r\n',
  '0\r\n',
  '\r\n',
  '5;a=b\r\nhello\r\n',
  '5;a\r\nhello\r\n',
  '5; a\r\nhello\r\n',
  '5 \r\nhello\r\n',
  '05\r\nhello\r\n',
  'a\r\n0123456789\r\n',
  'A: b\r\n',
  'Content-Length: 3\r\n',
  'X-T: 1\r\n',
  'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
  '5\nhello\n',
  '0\n\n',
  '+5\r\nhello\r\n',
  '0x5\r\nhello\r\n',
  '1\r\n\r\r\n',
];

const STRANGE = ['\0', '\r', '\n', ' ', '\t', ':', '\v', '\u007f', '\u00a0', 'a', '0', ';', ',', '\r\n', 'x', 'F'];

/** One more message each time. */
export function createMessages(random: Random): (kind: 'request' | 'answer') => string {
  const pick = (choices: readonly string[]) => choices[Math.floor(random() * choices.length)]!;
  const several = (choices: readonly string[], most: number) =>
    Array.from({ length: Math.floor(random() * (most + 1)) }, () => pick(choices));

  function changed(text: string): string {
    const at = Math.floor(random() * text.length);
    const way = random();
    if (way < 0.3) return text.slice(0, at) + text.slice(at + 1);
    return text.slice(0, at) + pick(STRANGE) + text.slice(way < 0.6 ? at : at + 1);
  }

  return (kind) => {
    const line = pick(kind === 'request' ? REQUEST_LINES : STATUS_LINES);
    const host = kind === 'request' && random() < 0.8 ? ['Host: a'] : [];
    const head = [line, ...host, ...several(FIELDS, 3), '\r\n'].join('\r\n');
    const end = random() < 0.5 ? '0\r\n\r\n' : '';
    let text = head + several(BODIES, 4).join('') + end;
    while (random() < 0.35) text = changed(text);
    return text;
  };
}
