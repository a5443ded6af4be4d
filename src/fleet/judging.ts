import type { Judge } from '../health/judge.ts';
import { createJudge } from '../health/judge.ts';
import type { Observed } from '../health/observed.ts';
import { recordOf } from '../health/record.ts';
import { slotMsOf } from '../health/window.ts';
import type { Guards, JudgedWindow } from '../model/guards.ts';
import type { Prospect, Verdict } from '../model/verdict.ts';
import { corroboratingGuards, corroboratingMs, lastSlotsOf } from './corroborate.ts';
import { ownGuards, withdrawnReason } from './withdraw.ts';

/** The two judges of a member: of the whole fleet's window, and of its own. */
export interface Judging {
  /** What the fleet's window says, and those who have gone back by themselves; the same until there is news. */
  fleet(pooled: Observed, votes: Votes): Verdict;
  /** A reply has come. */
  renew(): void;
  /** What the fleet's last verdict was made from; null where there is none. */
  record(life: string): JudgedWindow | null;
  /** What the fleet's verdict waits for. */
  prospect(pooled: Observed): Prospect;
  /** Why this member alone goes back; null when it does not. */
  own(observed: Observed, members: number): string | null;
}

/** Of members that have gone back by themselves in this life of the candidate. */
export interface Votes {
  readonly life: string;
  readonly withdrawn: number;
  readonly members: number;
  /** Since the last of them was seen to go back; null where none was. */
  readonly sinceMs: number | null;
}

interface Judged {
  readonly verdict: Verdict;
  readonly guards: Guards;
  readonly observed: Observed;
}

export function createJudging(guards: Guards): Judging {
  const slotMs = slotMsOf(guards.windowMs);
  const fleet = createJudge(guards, slotMs);
  const lesser = corroboratingGuards(guards);
  const corroboration = createJudge(lesser, slotMs);
  let judged: ({ readonly life: string } & Judged) | null = null;
  let own: Judge | null = null;
  let judgesFor = 0;

  function judge(pooled: Observed, { withdrawn, members, sinceMs }: Votes): Judged {
    const reason = withdrawnReason(withdrawn, members);
    const given = reason === null ? [] : [reason];
    const whole = { verdict: fleet.judge(pooled, given), guards, observed: pooled };
    const backMs = corroboratingMs(members, sinceMs);
    if (whole.verdict.kind === 'unhealthy' || backMs === null) return whole;
    const observed = lastSlotsOf(pooled, Math.ceil(backMs / slotMs), slotMs);
    const verdict = corroboration.judge(observed, given);
    return verdict.kind === 'unhealthy' ? { verdict, guards: lesser, observed } : whole;
  }

  return {
    fleet(pooled, votes) {
      if (judged?.life !== votes.life) judged = { life: votes.life, ...judge(pooled, votes) };
      return judged.verdict;
    },
    renew() {
      judged = null;
    },
    record(life) {
      return judged?.life === life ? recordOf(judged.guards, slotMs, judged.observed) : null;
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
