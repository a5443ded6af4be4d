/**
 * What one head costs: nanoseconds to find its end, read it and write it for the other side, for the request with 12
 * ordinary headers of the side-by-side measurements and the answer to it. `node bench/wire.ts [rounds]`.
 */
import { ANSWER_NAMES, REQUEST_NAMES, createNameTable } from '../src/traffic/wire/names.ts';
import { Body } from '../src/traffic/wire/body.ts';
import { Framing, HeadFacts } from '../src/traffic/wire/head.ts';
import { findAnswerEnd, findRequestEnd } from '../src/traffic/wire/head-end.ts';
import { scanAnswer } from '../src/traffic/wire/answer-head.ts';
import { scanRequest } from '../src/traffic/wire/request-head.ts';
import { AnswerAdditions, writeAnswer } from '../src/traffic/wire/write-answer.ts';
import { RequestAdditions, writeRequest } from '../src/traffic/wire/write-request.ts';

const REQUEST = Buffer.from(
  [
    'GET / HTTP/1.1',
    'Host: 127.0.0.1:9208',
    'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36',
    'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
    'Accept-Encoding: gzip, deflate, br, zstd',
    'Accept-Language: en-US,en;q=0.9',
    'Cookie: session=9f8d7c6b5a49382716; theme=dark; _ga=GA1.2.123456789.1700000000',
    'X-Request-Id: 0f4b0f9e-6a53-4a7a-9a8b-7d9ab0f9f0a1',
    'traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    'X-Forwarded-For: 203.0.113.7',
    'X-Forwarded-Proto: https',
    'Authorization: Bearer eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJlc2lnbmF0dXJl',
    'Connection: keep-alive',
    '\r\n',
  ].join('\r\n'),
);

const ANSWER = Buffer.from(
  [
    'HTTP/1.1 200 OK',
    'Server: nginx/1.22.1',
    'Date: Fri, 20 Nov 2026 12:00:00 GMT',
    'Content-Type: text/plain',
    'Content-Length: 12',
    'Connection: keep-alive',
    '\r\n',
  ].join('\r\n'),
);

const CHUNKED = Buffer.from(`${`1000\r\n${'x'.repeat(4096)}\r\n`.repeat(15)}0\r\n\r\n`);

const rounds = Number(process.argv[2] ?? 1_000_000);
const output = Buffer.alloc(4096);
const facts = new HeadFacts(200);
const requestNames = createNameTable(REQUEST_NAMES, ['x-user-id', 'x-weir-upstream']);
const answerNames = createNameTable(ANSWER_NAMES);
const body = new Body();

const toUpstream = new RequestAdditions();
toUpstream.peer = Buffer.from('127.0.0.1');
toUpstream.authority = Buffer.from('127.0.0.1:9101');
const toClient = new AnswerAdditions();
toClient.framing = Framing.length;

function readRequest(): number {
  const end = findRequestEnd(REQUEST, 0, 0, REQUEST.length, 32_768);
  return scanRequest(REQUEST, 0, end, facts, requestNames);
}

const passRequest = () => readRequest() + writeRequest(output, 0, REQUEST, facts, toUpstream);

function passAnswer(): number {
  const end = findAnswerEnd(ANSWER, 0, 0, ANSWER.length, 65_536);
  return scanAnswer(ANSWER, 0, end, facts, answerNames, false) + writeAnswer(output, 0, ANSWER, facts, toClient);
}

function passChunks(): number {
  body.begin(Framing.chunked, 0);
  return body.advance(CHUNKED, 0, CHUNKED.length);
}

function measure(name: string, step: () => number): void {
  let best = Number.POSITIVE_INFINITY;
  let sum = 0;
  for (let repeat = 0; repeat < 6; repeat++) {
    const begin = performance.now();
    for (let round = 0; round < rounds; round++) sum += step();
    best = Math.min(best, performance.now() - begin);
  }
  console.log(`${name.padEnd(28)} ${((best * 1e6) / rounds).toFixed(0).padStart(6)} ns${sum < 0 ? ' ' : ''}`);
}

measure('request: end', () => findRequestEnd(REQUEST, 0, 0, REQUEST.length, 32_768));
measure('request: end, read', readRequest);
measure('request: end, read, write', passRequest);
measure('answer: end, read, write', passAnswer);
measure('60 KiB body in 15 chunks', passChunks);
