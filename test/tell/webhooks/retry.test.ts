import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MOST_TRIES, nextAfter } from '../../../src/tell/webhooks/retry.ts';

const NOW_MS = Date.UTC(2026, 10, 20, 12);
const after = (status: number, tries = 1, retryAfter: string | null = null, chance = 0.5) =>
  nextAfter({ status, retryAfter, tries }, chance, NOW_MS);

describe('a delivery', () => {
  it('is done with any 2xx', () => {
    for (const status of [200, 202, 204]) expect(after(status)).toEqual({ kind: 'delivered' });
  });

  it('is given up at once where the receiver will never take it, and where it points elsewhere', () => {
    for (const status of [400, 401, 403, 404, 410, 413, 301, 302, 307])
      expect(after(status)).toEqual({ kind: 'failed' });
  });

  it('is tried again after no answer, a server that fails, and a refusal that passes', () => {
    for (const status of [0, 500, 502, 503, 504, 408, 425, 429])
      expect(after(status)).toEqual({ kind: 'again', waitMs: 1000 });
  });

  it('waits twice as long each time, and gives up after ten tries in eight to nine minutes', () => {
    const waits = Array.from({ length: MOST_TRIES }, (_, index) => after(500, index + 1));
    const waitsMs = waits.map((next) => (next.kind === 'again' ? next.waitMs : null));
    expect(waitsMs).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 64_000, 128_000, 256_000, null]);
  });

  it('waits never less than three quarters nor more than five quarters of that, whatever chance says', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: MOST_TRIES - 1 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (tries, chance) => {
          const next = after(0, tries, null, chance);
          const waitMs = next.kind === 'again' ? next.waitMs : Number.NaN;
          const middleMs = 1000 * 2 ** (tries - 1);
          expect(waitMs).toBeGreaterThanOrEqual(Math.round(middleMs * 0.75));
          expect(waitMs).toBeLessThanOrEqual(Math.round(middleMs * 1.25));
        },
      ),
    );
  });

  it('waits as long as Retry-After says, in seconds or as a date, but five minutes at most', () => {
    expect(after(429, 1, '17')).toEqual({ kind: 'again', waitMs: 17_000 });
    expect(after(503, 1, 'Fri, 20 Nov 2026 12:01:00 GMT')).toEqual({ kind: 'again', waitMs: 60_000 });
    expect(after(429, 1, '86400')).toEqual({ kind: 'again', waitMs: 300_000 });
    for (const odd of ['0', '-5', 'soon', '', 'Fri, 20 Nov 2020 12:00:00 GMT'])
      expect(after(429, 1, odd)).toEqual({ kind: 'again', waitMs: 1000 });
  });
});
