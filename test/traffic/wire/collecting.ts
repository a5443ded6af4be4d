/**
 * Passes a message through the wire as a connection would: it collects pieces, seeks the end of the head, reads it,
 * writes it anew, and lets the body pass. Everything is latin1 text, so that a test sees bytes as characters.
 */
import { expect } from 'vitest';
import { scanAnswer } from '../../../src/traffic/wire/answer-head.ts';
import { Body } from '../../../src/traffic/wire/body.ts';
import { FAULT_CODES, FAULT_STATUS } from '../../../src/traffic/wire/fault.ts';
import { findAnswerEnd, findRequestEnd } from '../../../src/traffic/wire/head-end.ts';
import { Framing, HeadFacts } from '../../../src/traffic/wire/head.ts';
import { ANSWER_NAMES, REQUEST_NAMES, createNameTable } from '../../../src/traffic/wire/names.ts';
import { scanRequest } from '../../../src/traffic/wire/request-head.ts';
import { AnswerAdditions, answerRoom, clientFraming, writeAnswer } from '../../../src/traffic/wire/write-answer.ts';
import { RequestAdditions, requestRoom, writeRequest } from '../../../src/traffic/wire/write-request.ts';

export interface Passed {
  /** '' when nothing was wrong; a code of the catalogue. */
  readonly fault: string;
  /** 200 when nothing was wrong. */
  readonly status: number;
  /** The head as it goes on; '' while it is incomplete or when it was refused. */
  readonly head: string;
  /** The body as it goes on. */
  readonly body: string;
  /** Whether the body has come to its end. */
  readonly over: boolean;
  /** Bytes behind the message. */
  readonly surplus: string;
}

/** The facts of the last head that was read here. */
export const facts = new HeadFacts(40);
export const HEAD_LIMIT_BYTES = 2048;
export const PEER = '192.0.2.7';
export const FRESH_TRACE = '00-11111111111111111111111111111111-2222222222222222-00';

/** Stands before and behind every message, and would be misread if anybody looked at it. */
export const MARGIN = '\r\n\r\nGET';

const requestNames = createNameTable(REQUEST_NAMES, ['x-user-id', 'x-weir-upstream']);
const answerNames = createNameTable(ANSWER_NAMES);

const toUpstream = new RequestAdditions();
toUpstream.peer = Buffer.from(PEER);
toUpstream.authority = Buffer.from('upstream:3000');
toUpstream.traceparent = Buffer.from(FRESH_TRACE);

interface Client {
  readonly minorVersion: number;
  readonly toHead: boolean;
}

const MODERN: Client = { minorVersion: 1, toHead: false };

/** Reads one request that arrives in these pieces. */
export function passRequest(pieces: readonly string[]): Passed {
  return pass(
    pieces,
    (bytes, start, from, end) => {
      const headEnd = findRequestEnd(bytes, start, from, end, HEAD_LIMIT_BYTES);
      if (headEnd <= 0) return headEnd;
      const fault = scanRequest(bytes, start, headEnd, facts, requestNames);
      return fault === 0 ? headEnd : -fault;
    },
    (body, bytes) => {
      body.begin(facts.framing, facts.length);
      const output = Buffer.alloc(requestRoom(facts, toUpstream));
      return written(output, writeRequest(output, 0, bytes, facts, toUpstream));
    },
  );
}

/** Reads one answer that arrives in these pieces, for this client. Whatever is wrong with it, the client gets 502. */
export function passAnswer(pieces: readonly string[], client: Client = MODERN): Passed {
  const passed = pass(
    pieces,
    (bytes, start, from, end) => {
      const headEnd = findAnswerEnd(bytes, start, from, end, HEAD_LIMIT_BYTES);
      if (headEnd <= 0) return headEnd;
      const fault = scanAnswer(bytes, start, headEnd, facts, answerNames, client.toHead);
      return fault === 0 ? headEnd : -fault;
    },
    (body, bytes) => {
      const additions = new AnswerAdditions();
      additions.framing = clientFraming(facts.framing, client.minorVersion);
      body.begin(facts.framing, facts.length, additions.framing === Framing.untilClose);
      const output = Buffer.alloc(answerRoom(facts, additions));
      return written(output, writeAnswer(output, 0, bytes, facts, additions));
    },
  );
  return passed.fault === '' ? passed : { ...passed, status: 502 };
}

function written(output: Buffer, length: number): string {
  expect(length).toBeLessThanOrEqual(output.length);
  return output.toString('latin1', 0, length);
}

type ReadHead = (bytes: Buffer, start: number, from: number, end: number) => number;
type WriteHead = (body: Body, bytes: Buffer) => string;

function pass(pieces: readonly string[], readHead: ReadHead, writeHead: WriteHead): Passed {
  const whole = Buffer.from(MARGIN + pieces.join('') + MARGIN, 'latin1');
  const body = new Body();
  const start = MARGIN.length;
  const result = { fault: '', status: 200, head: '', body: '', over: false, surplus: '' };
  let looked = start;
  let at = start;
  let end = start;
  for (const piece of pieces) {
    end += piece.length;
    if (result.head === '') {
      const headEnd = readHead(whole, start, looked, end);
      looked = end;
      if (headEnd < 0) return { ...result, fault: FAULT_CODES[-headEnd]!, status: FAULT_STATUS[-headEnd]! };
      if (headEnd === 0) continue;
      result.head = writeHead(body, whole);
      at = headEnd;
    }
    while (at < end && !body.over) {
      at = body.advance(whole, at, end);
      result.body += whole.toString('latin1', body.passStart, body.passEnd);
      if (body.fault !== 0) return { ...result, fault: FAULT_CODES[body.fault]!, status: FAULT_STATUS[body.fault]! };
    }
  }
  if (body.over && body.tail !== null) result.body += body.tail.toString('latin1');
  return {
    ...result,
    over: result.head !== '' && body.over,
    surplus: result.head === '' ? '' : whole.toString('latin1', at, end),
  };
}

/**
 * Passes the message whole, byte by byte, and split in two at every position, and expects the same each time. A fault
 * may be noticed earlier, and then by another name, when the head is not yet complete; its status stays, unless there
 * are several.
 */
export function passEverySplit(
  message: string,
  read: (pieces: readonly string[]) => Passed,
  sameStatus = true,
): Passed {
  const whole = read([message]);
  const comparable = ({ fault, status, ...rest }: Passed) =>
    fault === '' ? rest : { refusedWith: sameStatus ? status : 0, over: rest.over };
  expect(comparable(read(message.split(''))), 'byte by byte').toEqual(comparable(whole));
  for (let cut = 1; cut < message.length; cut++) {
    const split = read([message.slice(0, cut), message.slice(cut)]);
    expect(comparable(split), `split at ${cut}`).toEqual(comparable(whole));
  }
  return whole;
}

/** The lines of a head as it goes on, without what Weir always adds. */
export function linesOf(head: string): string[] {
  const added = [`x-forwarded-for: ${PEER}`, 'x-forwarded-proto: http', 'via: 1.1 weir', `traceparent: ${FRESH_TRACE}`];
  expect(head.endsWith('\r\n\r\n')).toBe(true);
  return head
    .slice(0, -4)
    .split('\r\n')
    .filter((line) => !added.includes(line) && !line.startsWith('x-forwarded-host: '));
}

/** A head of these lines, with its empty line. */
export const headOf = (...lines: readonly string[]): string => [...lines, '\r\n'].join('\r\n');
/** The plainest request, with these further lines. */
export const get = (...lines: readonly string[]): string => headOf('GET / HTTP/1.1', 'Host: a', ...lines);

/** The lines of this request as they go on, without what Weir always adds. */
export function forwarded(message: string): string[] {
  const passed = passEverySplit(message, passRequest);
  expect(passed.fault).toBe('');
  return linesOf(passed.head);
}
