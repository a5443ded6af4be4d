import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Request, Response } from 'express';
import express from 'express';
import { describe, expect, it } from 'vitest';
import { createFailureCounts, MOST_ADDRESSES } from '../../src/admin/failure-counts.ts';
import { createFailureLog, LINES_A_MINUTE } from '../../src/admin/failure-log.ts';
import { createFailureLimit } from '../../src/admin/failures.ts';
import { stillClock } from '../release/fixtures.ts';

/** What the limiter looks at and writes to, without a socket for each address. */
function startLimit() {
  const warned: string[] = [];
  const log = { warn: (_fields: object, message: string) => void warned.push(message), error: () => {} };
  const limit = createFailureLimit(log, stillClock());
  const app = express();
  /** Its answer's status, or that it was passed on, to be answered elsewhere. */
  async function failFrom(remoteAddress: string): Promise<'passed on' | number> {
    const message = new IncomingMessage(Object.defineProperty(new Socket(), 'remoteAddress', { value: remoteAddress }));
    const request = Object.assign(Object.setPrototypeOf(message, express.request), { app }) as Request;
    const response = Object.setPrototypeOf(new ServerResponse(message), express.response) as Response;
    let isPassedOn = false;
    await limit(request, response, (error?: unknown) => {
      if (error !== undefined) throw error as Error;
      isPassedOn = true;
    });
    return isPassedOn ? 'passed on' : response.statusCode;
  }
  return { failFrom, warned };
}

async function timesPassedOn(failFrom: (address: string) => Promise<unknown>, addresses: readonly string[]) {
  let passedOn = 0;
  for (const address of addresses) if ((await failFrom(address)) === 'passed on') passedOn++;
  return passedOn;
}

const ipv4 = (index: number): string => `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`;

describe('failures to say who one is', () => {
  it('are limited for each address alone', async () => {
    const { failFrom, warned } = startLimit();
    const mixed = Array.from({ length: 80 }, (_, i) => ipv4(i % 2));
    expect(await timesPassedOn(failFrom, mixed)).toBe(60);
    expect(await failFrom(ipv4(0))).toBe(429);
    expect(await failFrom(ipv4(2))).toBe('passed on');
    expect(warned).toHaveLength(2);
  });

  it('of all addresses of an IPv6 network are those of one', async () => {
    const { failFrom } = startLimit();
    const one = Array.from({ length: 40 }, (_, i) => `2001:db8:0:1::${i.toString(16)}`);
    expect(await timesPassedOn(failFrom, one)).toBe(30);
    expect(await failFrom('2001:db8:0:1:ffff:ffff:ffff:ffff')).toBe(429);
    expect(await failFrom('2001:db8:0:2::1')).toBe('passed on');
  });

  it('of an IPv4 address are the same whether it comes mapped to IPv6 or not', async () => {
    const { failFrom } = startLimit();
    expect(
      await timesPassedOn(
        failFrom,
        Array.from({ length: 30 }, () => '::ffff:10.0.0.1'),
      ),
    ).toBe(30);
    expect(await failFrom('10.0.0.1')).toBe(429);
    expect(await failFrom('::ffff:10.0.0.2')).toBe('passed on');
  });

  it('of more addresses than are counted one by one are limited together', async () => {
    const { failFrom } = startLimit();
    const known = Array.from({ length: MOST_ADDRESSES }, (_, i) => ipv4(i));
    expect(await timesPassedOn(failFrom, known)).toBe(MOST_ADDRESSES);
    const further = Array.from({ length: 100 }, (_, i) => ipv4(MOST_ADDRESSES + i));
    expect(await timesPassedOn(failFrom, further)).toBe(30);
    expect(await failFrom(known[0]!)).toBe('passed on');
  });
});

describe('the counts of failures', () => {
  const MINUTE_MS = 60_000;
  const hits = (counts: ReturnType<typeof createFailureCounts>, key: string) =>
    (counts.increment(key) as { totalHits: number }).totalHits;

  it('take no more room however many addresses fail', () => {
    const counts = createFailureCounts(MINUTE_MS, stillClock());
    for (let i = 0; i < 20_000; i++) void counts.increment(ipv4(i));
    expect(counts.size()).toBe(MOST_ADDRESSES + 1);
  });

  it('of an address begin anew a minute after its first failure, and not while it keeps failing', () => {
    const clock = stillClock();
    const counts = createFailureCounts(MINUTE_MS, clock);
    expect(hits(counts, 'a')).toBe(1);
    clock.advance(MINUTE_MS - 1);
    expect([hits(counts, 'b'), hits(counts, 'a')]).toEqual([1, 2]);
    expect(counts.increment('a')).toMatchObject({ resetTime: new Date(clock.wallMs() + 1) });
    clock.advance(1);
    expect([hits(counts, 'a'), hits(counts, 'b')]).toEqual([1, 2]);
  });

  it('make room again when the minute of those who failed is over', () => {
    const clock = stillClock();
    const counts = createFailureCounts(MINUTE_MS, clock);
    for (let i = 0; i <= MOST_ADDRESSES; i++) void counts.increment(ipv4(i));
    expect(hits(counts, 'late')).toBe(2);
    clock.advance(MINUTE_MS);
    expect(hits(counts, 'late')).toBe(1);
    expect(counts.size()).toBe(1);
  });
});

describe('what is written about failures', () => {
  it('is so many lines a minute, and then how many were left out', () => {
    const lines: object[] = [];
    const clock = stillClock();
    const log = createFailureLog({ warn: (fields) => void lines.push(fields), error: () => {} }, clock);
    const fail = (times: number): void => {
      for (let time = 0; time < times; time += 1) log.warn({ client: ipv4(time) }, 'not let in');
    };
    fail(LINES_A_MINUTE + 940);
    expect(lines).toHaveLength(LINES_A_MINUTE);
    clock.advance(60_000);
    fail(2);
    expect(lines.slice(LINES_A_MINUTE)).toEqual([{ client: '10.0.0.0', unsaid: 940 }, { client: '10.0.0.1' }]);
  });
});
