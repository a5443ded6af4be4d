/**
 * How a fleet grows without its store growing with it: the store runs at most about two thousand scripts a second,
 * however many members there are, so the more there are the more seldom each speaks; and in a large fleet only a handful
 * read the sums and judge, because one verdict is enough and everybody hears of it.
 */
const SCRIPTS_PER_SECOND = 2000;
const LEAST_URGENT_MS = 200;
const ALL_READ_UP_TO = 300;
const READERS = 5;
const LATE_AFTER_PERIODS = 1.2;
const LEAST_EXPIRY_MS = 5000;
/** How much of the window may pass between a request and the look of whoever judges. */
const PERIODS_TO_A_LOOK = 2;
const LOOKS_A_WINDOW = 4;

const leastMs = (members: number): number => (members * 1000) / SCRIPTS_PER_SECOND;

/** From one flush of a member to its next. */
export const periodMsOf = (flushMs: number, members: number): number => Math.max(flushMs, leastMs(members));

/** From one flush to an urgent one, of a member whose candidate has failed again. */
export const urgentMsOf = (members: number): number => Math.max(LEAST_URGENT_MS, leastMs(members));

/** A tenth to either side, so that members who started together do not go on together; `random` in [0, 1). */
export const jittered = (ms: number, random: number): number => ms * (0.9 + 0.2 * random);

/** Up to when all have reported, but those who are late: judging does not wait for who may be gone. Store's clock. */
export const reportedUntilMs = (storeMs: number, oldestMs: number, periodMs: number): number =>
  Math.max(oldestMs, storeMs - LATE_AFTER_PERIODS * periodMs);

/** How long a member counts as present without a flush. */
export const expiryMsOf = (periodMs: number): number => Math.max(LEAST_EXPIRY_MS, 3 * periodMs);

/** Whether a member at this position by rank reads and judges. */
export const isReader = (members: number, position: number): boolean => members <= ALL_READ_UP_TO || position < READERS;

/** Why the limits cannot be acted on within their window in a fleet of this size; null when they can. */
export function tooLargeFor(windowMs: number, flushMs: number, members: number): string | null {
  const periodMs = periodMsOf(flushMs, members);
  if (periodMs * PERIODS_TO_A_LOOK <= windowMs / LOOKS_A_WINDOW) return null;
  const every = `${members} members can speak every ${Math.round(periodMs)} ms`;
  return `${every}, too seldom for a window of ${windowMs} ms: expected at least ${periodMs * PERIODS_TO_A_LOOK * LOOKS_A_WINDOW} ms`;
}

/**
 * A member's rank among those of its service (rendezvous hashing, Thaler and Ravishankar 1998: the highest of hashes that
 * everybody can compute; here the lowest): who reads is the same for all, and changes only with those who come and go.
 * FNV-1a, 32 bits.
 */
export const rankOf = (service: string, incarnation: string): number => hashOf(`${service}\n${incarnation}`);

/** 32 bits. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const char of text) {
    hash = Math.imul(hash ^ char.codePointAt(0)!, 0x01000193);
  }
  // The last step of murmur3: names that differ in their end differ in rank.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
