import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { seededRandom } from '../../src/support/random.ts';
import { createDataPlane } from '../../src/traffic/data-plane.ts';
import { createListener } from '../../src/traffic/listener.ts';
import { createPlane } from '../../src/traffic/plane.ts';
import { Pool } from '../../src/traffic/pool.ts';
import { createTable } from '../../src/traffic/table.ts';
import { ask } from '../sidecar/client.ts';
import { startRawUpstream } from '../sidecar/upstream.ts';

const SWEEP_MS = 100;
const LOOP_DELAY_MS = 250;
const OBSERVE = { dispatched() {}, headed() {}, settled() {}, inFlight: () => 0, shielded() {}, refused() {} };

function start() {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  let nowMs = 0;
  const address = { url: 'unix:/none', protocol: 'unix:', host: '/none', port: 0, authority: 'none' } as const;
  const plane = createPlane({
    table: createTable({ share: 0, stable: new Pool(address, Buffer.alloc(0)), candidate: null }),
    route: () => ({ side: 0, forced: false, lines: Buffer.alloc(0) }),
    observe: OBSERVE,
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

describe('an event loop that stood still', () => {
  const HEAD_MS = 300;

  /** A running plane, and what sweeps it once after so long. Its upstream is given each request's socket. */
  async function startPlane(answer: (write: () => void, sweepAfter: (ms: number) => void) => void) {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    onTestFinished(() => void vi.useRealTimers());
    let nowMs = 0;
    const sweepAfter = (ms: number): void => {
      nowMs += ms;
      vi.advanceTimersByTime(SWEEP_MS);
    };
    const upstream = await startRawUpstream((socket) =>
      answer(() => void socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'), sweepAfter),
    );
    const plane = createDataPlane({
      service: 'shop',
      sticky: null,
      overrideHeader: null,
      shield: null,
      timeouts: {
        connectMs: HEAD_MS,
        headMs: HEAD_MS,
        bodyMs: HEAD_MS,
        requestHeadMs: HEAD_MS,
        keepAliveMs: HEAD_MS,
        tunnelMs: HEAD_MS,
        drainMs: 0,
      },
      limits: { headBytes: 1024, headers: 20, connections: 10, inFlight: 10, loopDelayMs: LOOP_DELAY_MS },
      clock: { monotonicMs: () => nowMs, wallMs: () => 0 },
      random: seededRandom(1),
      report: () => {},
      observe: OBSERVE,
      split: { share: 0, stable: { version: 'v1', url: upstream.url }, candidate: null },
    });
    const { port } = await plane.listen('127.0.0.1', 0);
    onTestFinished(async () => void (await plane.drain()));
    return `http://127.0.0.1:${port}/`;
  }

  it('takes no answer for late that came meanwhile and lies there unread', async () => {
    const url = await startPlane((write, sweepAfter) => {
      write();
      sweepAfter(10 * HEAD_MS);
    });
    expect(await ask(url)).toMatchObject({ status: 200, text: 'ok' });
  });

  it('waits no longer than its next sweep for one that did not come', async () => {
    const url = await startPlane((_write, sweepAfter) => {
      sweepAfter(10 * HEAD_MS);
      sweepAfter(SWEEP_MS);
    });
    expect((await ask(url)).status).toBe(504);
  });
});
