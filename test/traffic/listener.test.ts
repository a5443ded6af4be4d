import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { seededRandom } from '../../src/support/random.ts';
import { createListener } from '../../src/traffic/listener.ts';
import { createPlane } from '../../src/traffic/plane.ts';
import { Pool } from '../../src/traffic/pool.ts';
import { createTable } from '../../src/traffic/table.ts';

const SWEEP_MS = 100;
const LOOP_DELAY_MS = 250;

function start() {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  let nowMs = 0;
  const address = { url: 'unix:/none', protocol: 'unix:', host: '/none', port: 0, authority: 'none' } as const;
  const plane = createPlane({
    table: createTable({ share: 0, stable: new Pool(address, Buffer.alloc(0)), candidate: null }),
    route: () => ({ side: 0, forced: false, lines: Buffer.alloc(0) }),
    observe: { dispatched() {}, headed() {}, settled() {}, inFlight: () => 0, shielded() {}, refused() {} },
    clock: { monotonicMs: () => nowMs, wallMs: () => 0 },
    random: seededRandom(1),
    timeouts: { connectMs: 1, headMs: 1, bodyMs: 1, requestHeadMs: 1, keepAliveMs: 1 },
    shield: null,
    watched: ['', ''],
    limits: { headBytes: 1024, headers: 10, connections: 10, inFlight: 10 },
  });
  const upgrades = { size: 0, take() {}, count: () => 0, released: () => 0, keepOnly() {}, sweep() {}, close: () => 0 };
  createListener({ plane, upgrades, drainMs: 0, loopDelayMs: LOOP_DELAY_MS, onSweep: () => {} });
  /** One sweep, so late. */
  const sweep = (lateMs: number): void => {
    nowMs += SWEEP_MS + lateMs;
    vi.advanceTimersByTime(SWEEP_MS);
  };
  return { plane, sweep };
}

describe('an event loop that is too late', () => {
  it('for a second refuses new requests and keeps no connection, until it is in time again', () => {
    const { plane, sweep } = start();
    sweep(LOOP_DELAY_MS + 1);
    sweep(LOOP_DELAY_MS + 1);
    expect([plane.isOverloaded, plane.isClosing]).toEqual([false, false]);
    sweep(LOOP_DELAY_MS + 1);
    sweep(LOOP_DELAY_MS + 1);
    expect([plane.isOverloaded, plane.isClosing]).toEqual([true, true]);
    sweep(0);
    expect([plane.isOverloaded, plane.isClosing]).toEqual([false, false]);
  });

  it('but only now and then refuses nobody', () => {
    const { plane, sweep } = start();
    for (let round = 0; round < 20; round++) {
      sweep(LOOP_DELAY_MS + 1);
      sweep(0);
      expect(plane.isOverloaded).toBe(false);
    }
  });
});
