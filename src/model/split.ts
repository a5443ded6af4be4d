/** The candidate's share of requests, in hundredths of a percent: an integer 0..10000. */
export type Share = number;

export const FULL_SHARE: Share = 10_000;

/** Both weights in percent; they always sum to 100. */
export interface Weights {
  readonly stable: number;
  readonly candidate: number;
}

export function weightsOf(share: Share): Weights {
  return { stable: (FULL_SHARE - share) / 100, candidate: share / 100 };
}

export function shareOfPercent(percent: number): Share {
  return Math.round(percent * 100);
}
