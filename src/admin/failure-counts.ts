import type { Store } from 'express-rate-limit';
import type { Clock } from '../support/clock.ts';

/**
 * How often each address has failed, for so long after its first failure, and never more addresses than a fixed number.
 *
 * The limiter's own store keeps an entry for each address: whoever has many fills the memory. Where there is no room
 * here, all further addresses are counted together, as one. Not the least recent is forgotten, because then whoever has
 * many addresses would never be limited, and each of them could fill the log anew. Nobody with a right token pays for
 * it: he is never counted.
 *
 * Every window is equally long, so the entries stand in the order in which they end, and what has ended is at the front.
 */
export const MOST_ADDRESSES = 4096;

interface Count {
  totalHits: number;
  /** Monotonic. */
  readonly untilMs: number;
}

/** No address has this key. */
const ALL_OTHERS = 'all others';

export interface FailureCounts extends Store {
  /** Of entries in memory: at most one more than there may be addresses. */
  size(): number;
}

export function createFailureCounts(windowMs: number, { monotonicMs, wallMs }: Clock): FailureCounts {
  const counts = new Map<string, Count>();

  function forgetEnded(nowMs: number): void {
    for (const [key, { untilMs }] of counts) {
      if (untilMs > nowMs) return;
      counts.delete(key);
    }
  }

  function countOf(key: string, nowMs: number): Count {
    const hasRoom = counts.has(key) || counts.size < MOST_ADDRESSES;
    const counted = hasRoom ? key : ALL_OTHERS;
    const count = counts.get(counted) ?? { totalHits: 0, untilMs: nowMs + windowMs };
    counts.set(counted, count);
    return count;
  }

  return {
    localKeys: true,
    increment(key) {
      const nowMs = monotonicMs();
      forgetEnded(nowMs);
      const count = countOf(key, nowMs);
      count.totalHits++;
      return { totalHits: count.totalHits, resetTime: new Date(wallMs() + count.untilMs - nowMs) };
    },
    decrement(key) {
      const count = counts.get(key);
      if (count !== undefined) count.totalHits--;
    },
    resetKey: (key) => void counts.delete(key),
    size: () => counts.size,
  };
}
