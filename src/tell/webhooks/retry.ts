/**
 * Whether a delivery is tried again, and when. Most failures of a receiver are short (a restart) or long (an outage),
 * so the wait doubles: 1, 2, 4 … 256 s, in sum about eight and a half minutes, after which a notice is no longer news.
 * Each wait is spread by a quarter up and down, because many sidecars see the same outage at the same time
 * (Brooker, "Exponential Backoff and Jitter", 2015). An answer that says "never" is believed: every 4xx but
 * 408, 425 and 429, and every redirect, because Weir sends to the address in its file and to no other.
 */
export const MOST_TRIES = 10;

const FIRST_WAIT_MS = 1000;
const SPREAD_RATIO = 0.25;
/** However long a receiver asks us to wait. */
const LONGEST_WAIT_MS = 300_000;
const TEMPORARY = new Set([408, 425, 429]);

/** What became of one try. */
export interface Tried {
  /** 0 where no answer came. */
  readonly status: number;
  /** The field Retry-After, as it came. */
  readonly retryAfter: string | null;
  /** How many tries there were, with this one. */
  readonly tries: number;
}

export type Next =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'failed' }
  | { readonly kind: 'again'; readonly waitMs: number };

/** @param chance in [0, 1). @param nowMs wall clock, to read a date in Retry-After. */
export function nextAfter({ status, retryAfter, tries }: Tried, chance: number, nowMs: number): Next {
  if (status >= 200 && status < 300) return { kind: 'delivered' };
  const mayPass = status === 0 || status >= 500 || TEMPORARY.has(status);
  if (!mayPass || tries >= MOST_TRIES) return { kind: 'failed' };
  const spread = 1 - SPREAD_RATIO + 2 * SPREAD_RATIO * chance;
  const backoffMs = FIRST_WAIT_MS * 2 ** (tries - 1) * spread;
  return { kind: 'again', waitMs: Math.round(Math.max(backoffMs, askedMs(retryAfter, nowMs))) };
}

/** Retry-After is a number of seconds or a date (RFC 9110, 10.2.3). */
function askedMs(retryAfter: string | null, nowMs: number): number {
  if (retryAfter === null) return 0;
  const ms = /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1000 : Date.parse(retryAfter) - nowMs;
  return Number.isNaN(ms) ? 0 : Math.min(ms, LONGEST_WAIT_MS);
}
