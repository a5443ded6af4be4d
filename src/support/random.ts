import { randomBytes, randomUUID } from 'node:crypto';

/** A number in [0, 1), as from `Math.random`. Everything that draws takes one of these as an argument. */
export type Random = () => number;

export const systemRandom: Random = Math.random;

/** So many bytes that nobody can predict, for secrets. */
export const secretBytes = (count: number): Buffer => randomBytes(count);

/** A fresh identifier for a transaction or a request. */
export const newId = (): string => randomUUID();

/**
 * A repeatable sequence for simulations, tests and the bench (mulberry32).
 * Source: Tommy Ettinger's mulberry32, period 2^32, good enough for everything but secrets.
 */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
