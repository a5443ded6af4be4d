import { describe, expect, it } from 'vitest';
import { scanAnswer } from '../../../src/traffic/wire/answer-head.ts';
import { HeadFacts } from '../../../src/traffic/wire/head.ts';
import { ANSWER_NAMES, createNameTable } from '../../../src/traffic/wire/names.ts';
import { agreesTo } from '../../../src/traffic/wire/protocols.ts';

const names = createNameTable(ANSWER_NAMES);

function agrees(offered: string, lines: readonly string[]): boolean {
  const head = Buffer.from(`HTTP/1.1 101 Switching Protocols\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`);
  const facts = new HeadFacts(20);
  expect(scanAnswer(head, 0, head.length, facts, names, false)).toBe(0);
  return agreesTo(Buffer.from(offered), head, facts);
}

describe('a 101', () => {
  it.each([
    ['websocket', 'websocket'],
    ['websocket', 'WebSocket'],
    ['echo/2, websocket', 'websocket'],
    ['echo/2 ,\twebsocket', 'websocket ,, Echo/2'],
    ['TLS/1.0, HTTP/1.1', 'TLS/1.0, HTTP/1.1'],
  ])('to an offer of "%s" may name "%s"', (offered, named) => {
    expect(agrees(offered, ['Connection: upgrade', `Upgrade: ${named}`])).toBe(true);
  });

  it.each([
    ['websocket', 'web'],
    ['websocket', 'websocket/13'],
    ['websocket/13', 'websocket'],
    ['websocket', 'websocket, other'],
    ['echo, websocket', 'echo websocket'],
    ['websocket', ','],
    ['websocket', ''],
  ])('to an offer of "%s" may not name "%s"', (offered, named) => {
    expect(agrees(offered, ['Connection: upgrade', `Upgrade: ${named}`])).toBe(false);
  });

  it('names it exactly once, and says so in Connection', () => {
    expect(agrees('echo', ['Upgrade: echo'])).toBe(false);
    expect(agrees('echo', ['Connection: upgrade'])).toBe(false);
    expect(agrees('echo', ['Connection: upgrade', 'Upgrade: echo', 'Upgrade: echo'])).toBe(false);
  });
});
