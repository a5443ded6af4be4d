import type { Config } from '../config/schema.ts';
import type { Share } from '../model/split.ts';
import { FULL_SHARE } from '../model/split.ts';

/** Requests a second that the candidate should get, so that its limits have something to measure. */
const CANDIDATE_PER_SECOND = 25;
const MOST_PER_SECOND = 500;
const LEAST_SHARE: Share = (CANDIDATE_PER_SECOND * FULL_SHARE) / MOST_PER_SECOND;

/** How a candidate is sent out in the drill, and how much traffic there is for that. */
export interface Pace extends Pick<Config, 'plan' | 'share'> {
  /** What it gets at first. */
  readonly first: Share;
  /** Requests, of all users. */
  readonly perSecond: number;
}

/** As configured, without the plan's gates; where that would take more traffic than a machine should be given, at the least share that does not. */
export function paceOf({ plan, share }: Pick<Config, 'plan' | 'share'>): Pace {
  const configured = plan[0]?.share ?? share;
  const isEnough = configured >= LEAST_SHARE;
  const first = isEnough ? configured : LEAST_SHARE;
  return {
    plan: isEnough ? plan.map((step) => ({ ...step, gate: null })) : [],
    share: isEnough ? share : LEAST_SHARE,
    first,
    perSecond: Math.ceil((CANDIDATE_PER_SECOND * FULL_SHARE) / first),
  };
}
