import type { Guards } from '../model/guards.ts';
import type { Reason } from '../model/verdict.ts';

/**
 * One bad instance is not a bad release: a sidecar whose own path to the candidate is broken (its node, its network)
 * must not take the candidate from all, nor have its users wait until the sum shows it. So each member judges its own
 * window too, by the evidence rule, and on proof goes back to stable alone, for this life of the candidate. Each of so
 * many members may be wrong once in a while, so each is as many times more careful, and the fleet as a whole is wrong no
 * more often than its `falseRollback` allows. What it counted of the candidate leaves the fleet's sums. Where several have gone back, it is the release after all.
 */
export function ownGuards(guards: Guards, members: number): Guards {
  return { ...guards, rule: 'evidence', falseRollbackMs: guards.falseRollbackMs * Math.max(1, members) };
}

const LEAST_WITHDRAWN = 3;
const WITHDRAWN_RATIO = 1 / 5;

/**
 * How many withdrawn members are the release's fault: a fifth and no fewer than three, or the majority where that is less,
 * as in a fleet of two or three. There those who are left see too little to prove it by themselves, and would be the last
 * whose users meet it; and that most paths to a candidate break apart from each other is less likely than that it is bad.
 */
function enoughOf(members: number): number {
  const majority = Math.floor(members / 2) + 1;
  return Math.min(majority, Math.max(LEAST_WITHDRAWN, Math.ceil(members * WITHDRAWN_RATIO)));
}

/** Why the fleet takes the candidate out when so many of its members have withdrawn it; null while it does not. */
export function withdrawnReason(withdrawn: number, members: number): Reason | null {
  if (withdrawn === 0) return null;
  const limit = enoughOf(members);
  const isBroken = withdrawn >= limit;
  return {
    measure: 'members',
    measured: withdrawn,
    relation: isBroken ? '>' : '<=',
    limit: limit - 1,
    samples: members,
    text: `${withdrawn} of ${members} members have gone back to stable by themselves ${isBroken ? '>' : '<='} ${limit - 1}`,
  };
}

/** Whether this member alone has gone back, for which life of the candidate and why. */
export interface Withdrawal {
  withdraw(life: string, reason: string): void;
  /** Why, in this life; null when it has not. */
  reasonIn(life: string): string | null;
}

export function createWithdrawal(): Withdrawal {
  let withdrawn: { readonly life: string; readonly reason: string } | null = null;
  return {
    withdraw(life, reason) {
      if (withdrawn?.life !== life) withdrawn = { life, reason };
    },
    reasonIn: (life) => (withdrawn?.life === life ? withdrawn.reason : null),
  };
}
