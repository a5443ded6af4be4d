import type { Random } from '../support/random.ts';

/** From this mean on a normal distribution is as good, and Knuth's product would draw as many numbers as it counts. */
const LARGE_MEAN = 200;

/** Prepares draws from the Poisson distribution with this mean, by Knuth's product of uniforms. */
export function createPoisson(random: Random, mean: number): () => number {
  if (mean >= LARGE_MEAN) return () => Math.max(0, Math.round(mean + Math.sqrt(mean) * drawNormal(random)));
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

/** Box and Muller's transform. */
function drawNormal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
