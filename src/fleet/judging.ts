import type { Judge } from '../health/judge.ts';
import { createJudge } from '../health/judge.ts';
import type { Observed } from '../health/observed.ts';
import { slotMsOf } from '../health/window.ts';
import type { Guards } from '../model/guards.ts';
import type { Prospect, Verdict } from '../model/verdict.ts';
import { ownGuards, withdrawnReason } from './withdraw.ts';

/** The two judges of a member: of the whole fleet's window, and of its own. */
export interface Judging {
  /** What the fleet's window says, and how many members have gone back by themselves. */
  fleet(pooled: Observed, withdrawn: number, members: number): Verdict;
  /** What the fleet's verdict waits for. */
  prospect(pooled: Observed): Prospect;
  /** Why this member alone goes back; null when it does not. */
  own(observed: Observed, members: number): string | null;
}

export function createJudging(guards: Guards): Judging {
  const slotMs = slotMsOf(guards.windowMs);
  const fleet = createJudge(guards, slotMs);
  let own: Judge | null = null;
  let judgesFor = 0;

  return {
    fleet(pooled, withdrawn, members) {
      const reason = withdrawnReason(withdrawn, members);
      return fleet.judge(pooled, reason === null ? [] : [reason]);
    },
    prospect: fleet.prospect,
    own(observed, members) {
      if (own === null || judgesFor !== members) {
        own = createJudge(ownGuards(guards, members), slotMs);
        judgesFor = members;
      }
      const { kind, reasons } = own.judge(observed);
      if (kind !== 'unhealthy') return null;
      const broken = reasons.filter(({ relation }) => relation === '>');
      return broken.map(({ text }) => text).join('; ');
    },
  };
}
