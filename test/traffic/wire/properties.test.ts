import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scanAnswer } from '../../../src/traffic/wire/answer-head.ts';
import { Body } from '../../../src/traffic/wire/body.ts';
import { findAnswerEnd, findRequestEnd } from '../../../src/traffic/wire/head-end.ts';
import { Framing, HeadFacts } from '../../../src/traffic/wire/head.ts';
import { ANSWER_NAMES, REQUEST_NAMES, createNameTable } from '../../../src/traffic/wire/names.ts';
import { scanRequest } from '../../../src/traffic/wire/request-head.ts';
import { passAnswer, passEverySplit, passRequest } from './collecting.ts';

const facts = new HeadFacts(20);
const requestNames = createNameTable(REQUEST_NAMES, ['x-a', 'cookie']);
const answerNames = createNameTable(ANSWER_NAMES);

/** Pieces of messages, so that random heads come near to valid ones. */
const fragments = [
  'GET',
  'POST',
  'CONNECT',
  ' ',
  '/',
  '*',
  'http://',
  'a',
  ':',
  '80',
  '@',
  '[::1]',
  ' HTTP/1.',
  '0',
  '1',
  '2',
  'HTTP/1.1 ',
  '200',
  ' OK',
  '\r\n',
  '\r',
  '\n',
  '\t',
  '\u0000',
  '\u0080',
  '%41',
  '?',
  '#',
  ',',
  'Host: a\r\n',
  'Host:',
  'Content-Length: 5\r\n',
  'Content-Length:',
  'Transfer-Encoding: chunked\r\n',
  'Transfer-Encoding:',
  'chunked',
  'gzip',
  'Connection: close\r\n',
  'Connection: a, x-b\r\n',
  'x-b: 1\r\n',

  'Upgrade: x\r\n',
  'TE: trailers\r\n',
  'Via: 1.1 other\r\n',
  'Traceparent: 00-',
  'X-Forwarded-For: 1\r\n',
  'x: y\r\n',
  '5\r\nhello\r\n',
  '0\r\n\r\n',
  ';a=b',
  'A: b\r\n',
];
const messages = fc.array(fc.oneof(fc.constantFrom(...fragments), fc.string({ unit: 'binary-ascii' })), {
  maxLength: 30,
});
const requests = messages.map((parts) => `GET / HTTP/1.1\r\n${parts.join('')}`);
const lines = fc.array(fc.constantFrom(...fragments.filter((text) => text.endsWith('\r\n'))), { maxLength: 6 });
const likely = lines.map((parts) => `GET / HTTP/1.1\r\n${parts.join('')}Host: a\r\n\r\n5\r\nhello\r\n0\r\n\r\n`);
const answers = messages.map((parts) => `HTTP/1.1 200 OK\r\n${parts.join('')}`);
const anything = fc.oneof(
  messages.map((parts) => parts.join('')),
  requests,
  answers,
);

/** Complains when anybody looks outside of the allowed range. */
function guarded(bytes: Buffer, start: number, end: number): Buffer {
  return new Proxy(bytes, {
    get(target, key) {
      const index = typeof key === 'string' && /^-?\d+$/.test(key) ? Number(key) : null;
      if (index !== null && (index < start || index >= end)) throw new Error(`looked at ${index} of ${start}..${end}`);
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

function splitBothWays(text: string): void {
  passEverySplit(text, passRequest, false);
  passEverySplit(text, passAnswer, false);
}

describe('whatever comes', () => {
  it('nobody looks outside of the bytes that belong to the message, or throws', () => {
    fc.assert(
      fc.property(anything, fc.string({ maxLength: 5 }), fc.boolean(), (text, margin, ended) => {
        const message = ended ? `${text}\r\n\r\n` : text;
        const start = margin.length;
        const end = start + message.length;
        const bytes = guarded(Buffer.from(margin + message + margin, 'latin1'), start, end);
        expect(findRequestEnd(bytes, start, start, end, 4096)).toBeLessThanOrEqual(end);
        expect(findAnswerEnd(bytes, start, start, end, 4096)).toBeLessThanOrEqual(end);
        scanRequest(bytes, start, end, facts, requestNames);
        scanAnswer(bytes, start, end, facts, answerNames, false);
        const body = new Body();
        body.begin(Framing.chunked, 0);
        let at = start;
        while (at < end && !body.over && body.fault === 0) at = body.advance(bytes, at, end);
      }),
      { numRuns: 3000, seed: 1 },
    );
  });

  it('it is read the same however it is split', () => {
    fc.assert(fc.property(anything, splitBothWays), { numRuns: 400, seed: 2 });
  });

  it('what goes on keeps the invariants, and is read again as the same message', () => {
    let passed = 0;
    fc.assert(
      fc.property(likely, (text) => {
        const first = passRequest([text]);
        if (first.head === '') return;
        passed++;
        expect(first.head.match(/^(content-length|transfer-encoding):/gim)?.length ?? 0).toBeLessThanOrEqual(1);
        expect(first.head.match(/^host:/gim)).toHaveLength(1);
        expect(first.head).toMatch(
          /^[!#$%&'*+.^_`|~\w-]+ [\u0021-\u007e]+ HTTP\/1\.1\r\n([!#$%&'*+.^_`|~\w-]+:[^\r\n\0]*\r\n)+\r\n$/,
        );
        const again = passRequest([first.head + first.body]);
        expect(again).toMatchObject({ body: first.body, over: first.over, surplus: '' });
      }),
      { numRuns: 3000, seed: 3 },
    );
    expect(passed).toBeGreaterThan(50);
  });
});
