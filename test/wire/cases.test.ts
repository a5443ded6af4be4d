import { describe, expect, it } from 'vitest';
import type { Turn } from '../../fuzz/rig.ts';
import { createRig } from '../../fuzz/rig.ts';
import answers from './cases/answers.json' with { type: 'json' };
import requests from './cases/requests.json' with { type: 'json' };

/** What the fuzzer found, or what it was taught by; each whole, and byte by byte. */
const ways = [
  ['whole', (text: string) => [text]],
  ['byte by byte', (text: string) => text.split('')],
] as const;

const statusesIn = (text: string): number[] =>
  [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map((match) => Number(match[1]));

function answerAll({ seen }: Turn): void {
  for (const one of seen) {
    if (!one.isOpen) continue;
    const body = one.text.startsWith('HEAD') ? '' : 'ok';
    one.says(Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n${body}`));
  }
}

describe.each(ways)('a case, %s:', (_way, piecesOf) => {
  it.each(requests)('$name', ({ text, statuses, forwarded, endsWith }) => {
    const turn = createRig()(false, false);
    for (const piece of piecesOf(text)) {
      turn.clientSays(Buffer.from(piece, 'latin1'));
      answerAll(turn);
    }
    answerAll(turn);
    expect(statusesIn(turn.socket.out.text)).toEqual(statuses);
    expect(turn.seen).toHaveLength(forwarded);
    expect(turn.socket.out.text.endsWith(endsWith)).toBe(true);
  });

  it.each(answers)('$name', ({ text, statuses, outcome }) => {
    const turn = createRig()(false, false);
    turn.clientSays(Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n'));
    const [one] = turn.seen;
    for (const piece of piecesOf(text)) if (one!.isOpen) one!.says(Buffer.from(piece, 'latin1'));
    expect(statusesIn(turn.socket.out.text)).toEqual(statuses);
    expect(turn.outcomes).toEqual([outcome]);
  });
});
