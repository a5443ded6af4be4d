import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/support/random.ts';
import { Connection } from '../../src/traffic/connection.ts';
import { createPlane } from '../../src/traffic/plane.ts';
import { createTable } from '../../src/traffic/table.ts';
import { eventually } from '../sidecar/eventually.ts';
import { Pool } from '../../src/traffic/pool.ts';

const TIMEOUTS = { connectMs: 100, headMs: 200, bodyMs: 60_000, requestHeadMs: 10_000, keepAliveMs: 75_000 };

/** A client whose network takes nothing before it is told to. */
class Client extends Duplex {
  received = '';
  #taken: (() => void)[] = [];

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.received += chunk.toString('latin1');
    this.#taken.push(done);
  }

  async takeAll(): Promise<void> {
    for (const done of this.#taken.splice(0)) done();
    await turn();
  }

  async says(text: string): Promise<void> {
    this.push(text);
    await turn();
  }
}

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

function connect(nowMs = 0) {
  const refusals: string[] = [];
  const address = { url: 'unix:/none', protocol: 'unix:', host: '/none', port: 0, authority: 'none' } as const;
  const plane = createPlane({
    table: createTable({ share: 0, stable: new Pool(address, Buffer.alloc(0)), candidate: null }),
    route: () => ({ side: 0, forced: false, lines: Buffer.alloc(0) }),
    observe: {
      dispatched() {},
      headed() {},
      settled() {},
      inFlight: () => 0,
      shielded() {},
      refused: (why) => void refusals.push(why),
    },
    clock: { monotonicMs: () => nowMs, wallMs: () => 0 },
    random: seededRandom(1),
    timeouts: TIMEOUTS,
    shield: null,
    watched: ['', ''],
    limits: { headBytes: 1024, headers: 10, connections: 10, inFlight: 10 },
  });
  const client = new Client();
  const connection = new Connection(client as unknown as Socket, plane, { closed() {}, handOver() {} });
  client.on('data', (bytes: Buffer) => connection.read(bytes, bytes.length));
  return { client, connection, plane, refusals };
}

describe('a request that Weir will not forward', () => {
  it.each([
    ['a doubtful head', 'nonsense\r\n\r\n', false, /^HTTP\/1\.1 400 /, 'head'],
    ['overload', 'GET / HTTP/1.1\r\nHost: shop\r\n\r\n', true, /^HTTP\/1\.1 503 /, 'overloaded'],
  ])('is counted with the reason: %s', async (_name, text, isOverloaded, answer, why) => {
    const { client, plane, refusals } = connect();
    plane.isOverloaded = isOverloaded;
    await client.says(text);
    expect(client.received).toMatch(answer);
    expect(refusals).toEqual([why]);
  });

  it('is counted when its head does not come in time', async () => {
    const { client, connection, refusals } = connect();
    await client.says('GET / HTTP/1.1\r\n');
    expect(refusals).toEqual([]);
    connection.expire();
    expect(client.received).toMatch(/^HTTP\/1\.1 408 /);
    expect(refusals).toEqual(['head']);
  });
});

describe('a connection whose last answer is on its way', () => {
  it('gives a slow reader timeouts.body for it, and lingers only behind it', async () => {
    const { client, connection } = connect();
    await client.says('nonsense\r\n\r\n');
    expect(client.received).toMatch(/^HTTP\/1\.1 400 /);
    expect(connection.deadlineMs).toBe(TIMEOUTS.bodyMs);
    await client.takeAll();
    expect(connection.deadlineMs).toBe(2000);
    expect(client.destroyed).toBe(false);
  });
});

describe('a connection with requests that wait for their turn', () => {
  it('reads no further before they have had it', async () => {
    const { client } = connect();
    const chunk = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(10);
    for (let count = 0; count < 100; count++) client.push(chunk);
    // Nothing listens at the upstream: each is answered with 502, until the client takes no more.
    await eventually(() => expect(client.writableNeedDrain).toBe(true));
    const readChunks = 100 - client.readableLength / chunk.length;
    const written = client.writableLength / 200;
    expect(readChunks).toBeGreaterThan(1);
    expect(readChunks).toBeLessThanOrEqual(written / 10 + 2);
  });
});

describe('a connection', () => {
  it('has keepAlive for its first byte and requestHead for the rest of a head, however that drips', async () => {
    const { client, connection, plane } = connect();
    expect([connection.deadlineMs, connection.isIdle]).toEqual([TIMEOUTS.keepAliveMs, true]);
    plane.nowMs = 5;
    await client.says('GET / HT');
    expect([connection.deadlineMs, connection.isIdle]).toEqual([5 + TIMEOUTS.requestHeadMs, false]);
    plane.nowMs = 500;
    await client.says('TP/1.1\r\nHost: a\r\n');
    expect(connection.deadlineMs).toBe(5 + TIMEOUTS.requestHeadMs);
    connection.expire();
    expect(client.received).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('that has never said a word is closed without one', () => {
    const { client, connection } = connect();
    connection.expire();
    expect([client.destroyed, client.received]).toEqual([true, '']);
  });
});
