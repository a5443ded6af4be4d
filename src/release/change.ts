import type { Automation } from '../model/automation.ts';
import type { Command, Refusal, RefusalCode } from '../model/command.ts';
import { NO_REASON } from '../model/command.ts';
import type { EventType } from '../model/event.ts';
import type { JudgedWindow } from '../model/guards.ts';
import type { OneTimeToken } from '../model/identity.ts';
import type { Plan } from '../model/plan.ts';
import type { Policy } from '../model/policy.ts';
import type { Release } from '../model/release.ts';
import type { Declaration, Place, Progress, Rollout, Source } from '../model/rollout.ts';
import { sidesOf } from '../model/rollout.ts';
import type { Share } from '../model/split.ts';
import type { Reason } from '../model/verdict.ts';

/** What the outside contributes to a decision. */
export interface Circumstances {
  readonly service: string;
  /** Wall clock. */
  readonly nowMs: number;
  readonly transactionId: string;
  readonly policy: Policy;
}

/** Where an input leads; what it leaves out stays as it was. */
export interface Change {
  readonly type: EventType;
  readonly actor: string;
  readonly reason: string;
  readonly place: Place;
  readonly source?: Source;
  readonly stable?: Release;
  readonly declared?: Declaration;
  readonly automation?: Automation;
  readonly registered?: Release;
  readonly spentTokens?: readonly OneTimeToken[];
  /** What the judge looked at. */
  readonly evidence?: JudgedWindow;
  readonly progress?: Progress;
  readonly forced?: boolean;
  /** Belongs to an earlier transaction. */
  readonly transactionId?: string;
  /** Nothing changed but what is known: a client's `If-Match` still holds. */
  readonly keepsRevision?: boolean;
}

/** Nothing to do is null; several changes follow each other in one transaction. */
export type Decision = Change | readonly Change[] | Refusal | null;

export const refuse = (code: RefusalCode, message: string): Refusal => ({ code, message });

/** Where a candidate is at this share, without a plan or beside it. */
export function standingAt(candidate: Release | null, share: Share, plan: Plan = []): Place {
  if (candidate === null || share === 0) return { phase: 'idle', candidate, pending: null };
  return { phase: 'shifting', candidate, share, plan, step: null };
}

/** Where a candidate begins: at the first step, or without a plan at the share. */
export function beginning(candidate: Release, plan: Plan, share: Share): Place {
  const [first] = plan;
  if (first === undefined) return standingAt(candidate, share);
  return { phase: 'shifting', candidate, share: first.share, plan, step: 0 };
}

export interface Cause {
  readonly reasons?: readonly Reason[];
  readonly traceIds?: readonly string[];
  readonly evidence?: JudgedWindow;
}

/** The place of a rollout whose candidate is taken out: whoever holds that side of the data path. */
export function rolledBack(
  rollout: Rollout,
  transactionId: string,
  { reasons = [], traceIds = [] }: Cause = {},
): { readonly stable: Release; readonly place: Place; readonly progress: Progress } {
  const { stable, candidate } = sidesOf(rollout);
  const rollback = { transactionId, progress: 'detected' } as const;
  return { stable, place: { phase: 'rolled-back', candidate, reasons, traceIds, rollback }, progress: 'detected' };
}

/** The phase, as it stands, without what all phases share. */
export function placeOf(rollout: Rollout): Place {
  switch (rollout.phase) {
    case 'idle': {
      const { phase, candidate, pending } = rollout;
      return { phase, candidate, pending };
    }
    case 'shifting':
    case 'paused': {
      const { phase, candidate, share, plan, step } = rollout;
      return { phase, candidate, share, plan, step };
    }
    case 'promoted': {
      const { phase, candidate, former } = rollout;
      return { phase, candidate, former };
    }
    case 'rolled-back': {
      const { phase, candidate, reasons, traceIds, rollback } = rollout;
      return { phase, candidate, reasons, traceIds, rollback };
    }
  }
}

/** Nothing that gives a candidate more is done while the breaker holds, but by force. */
export function refuseWhileFrozen({ automation }: Rollout, { force }: Command): Refusal | null {
  if (automation.state !== 'frozen' || force === true) return null;
  const lift = 'only lowering works until POST /v1/automation {"enabled": true, "reason": …} lifts it';
  return refuse('automation-frozen', `automation is frozen: ${automation.reason}; ${lift}`);
}

/** A reason behind a sentence; nothing where a person gave none. */
export const inParentheses = (reason: string): string => (reason === NO_REASON ? '' : ` (${reason})`);

export const byPerson = ({ actor, reason, force }: Command) =>
  ({ actor, reason, source: 'operator', forced: force === true }) as const;
