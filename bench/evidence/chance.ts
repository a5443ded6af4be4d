import type { Random } from '../../src/support/random.ts';

/** Prepares draws from the Poisson distribution with this mean, by Knuth's product of uniforms. */
export function createPoisson(random: Random, mean: number): () => number {
  const floor = Math.exp(-mean);
  return () => {
    let count = 0;
    for (let product = random(); product > floor; product *= random()) count++;
    return count;
  };
}

export interface Arrivals {
  /** How many requests came in one beat, and how many of them were bad. */
  next(): void;
  requests: number;
  bad: number;
}

/** Requests that come at random with a constant rate, each bad with the same probability, drawn beat by beat. */
export function createArrivals(random: Random, perSecond: number, badRatio: number, beatMs: number): Arrivals {
  const mean = (perSecond * beatMs) / 1000;
  // Good and bad ones are two independent Poisson streams.
  const good = createPoisson(random, mean * (1 - badRatio));
  const bad = createPoisson(random, mean * badRatio);
  const arrivals: Arrivals = {
    requests: 0,
    bad: 0,
    next() {
      arrivals.bad = bad();
      arrivals.requests = arrivals.bad + good();
    },
  };
  return arrivals;
}
