import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { addressOf } from '../../src/traffic/address.ts';
import { Pool } from '../../src/traffic/pool.ts';
import type { Borrower, UpstreamConnection } from '../../src/traffic/upstream-connection.ts';
import { listen } from '../sidecar/upstream.ts';

const NOBODY: Borrower = {
  received: () => true,
  connected: () => {},
  drained: () => {},
  ended: () => {},
  lost: () => {},
};
const NO_WORD = -1;
const BEGAN_AT_MS = 1000;

async function poolOfOurs(): Promise<Pool> {
  const server = createServer();
  const port = await listen(server, 0);
  const address = addressOf({ version: 'v1', url: `http://127.0.0.1:${port}` }, () => {});
  const pool = new Pool(address, Buffer.alloc(64));
  onTestFinished(() => {
    pool.destroy();
    server.close();
  });
  return pool;
}

/** Lends and gives back without a pause, a second after the other; how long it was until another connection came. */
function livesOf(pool: Pool, count: number): number[] {
  const connections = Array.from({ length: count }, () => pool.lend(NOBODY));
  const endsMs = new Map<UpstreamConnection, number>();
  for (let seconds = 0; endsMs.size < count && seconds < 200; seconds++) {
    for (const connection of connections.filter((one) => !endsMs.has(one))) {
      pool.giveBack(connection, BEGAN_AT_MS + seconds * 1000, NO_WORD);
      if (connection.isUsable) expect(pool.lend(NOBODY)).toBe(connection);
      else endsMs.set(connection, seconds * 1000);
    }
  }
  return connections.map((connection) => endsMs.get(connection) ?? Number.POSITIVE_INFINITY);
}

describe('a pool of connections', () => {
  it('makes one that is always busy anew after about a minute, for its address may mean many servers', async () => {
    const pool = await poolOfOurs();
    for (const lifeMs of livesOf(pool, 20)) {
      expect(lifeMs).toBeGreaterThanOrEqual(45_000);
      expect(lifeMs).toBeLessThanOrEqual(76_000);
    }
  });

  it('does not make all of those anew at once that were made at once', async () => {
    const livesMs = livesOf(await poolOfOurs(), 64);
    const inOneSecond = livesMs.map((lifeMs) => livesMs.filter((other) => other === lifeMs).length);
    expect(Math.max(...inOneSecond)).toBeLessThanOrEqual(4);
  });
});
