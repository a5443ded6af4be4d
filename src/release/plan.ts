import { phraseMs } from '../health/phrase.ts';
import type { Policy } from '../model/policy.ts';
import type { Plan } from '../model/plan.ts';
import type { Place, Rollout } from '../model/rollout.ts';
import { planOf, shareOf } from '../model/rollout.ts';
import type { Share } from '../model/split.ts';
import type { Verdict } from '../model/verdict.ts';

/**
 * When a plan goes on. A step is held for its time, counted while its weight is in force; then `advance` says what
 * else it takes. Whatever that is, nothing gives the candidate more while the verdict is unhealthy, automation is not
 * on, a probe fails, or the journal cannot be written. Nothing here lowers a weight: that is for the guards.
 */
export type Due =
  | { readonly kind: 'begin'; readonly gate: string | null }
  | { readonly kind: 'step'; readonly step: number; readonly gate: string | null }
  | { readonly kind: 'promote'; readonly gate: null }
  | { readonly kind: 'end-bake'; readonly gate: null }
  /** `for` is what it waits for, in words for a person; '' for nothing. */
  | { readonly kind: 'wait'; readonly for: string };

/** All that the pace of a plan depends on. */
export interface Standing {
  readonly rollout: Rollout;
  readonly policy: Policy;
  /** How long the present step, or the bake, has been in force. */
  readonly heldMs: number;
  readonly verdict: Verdict;
  /** Why the candidate may not get more now, whatever the plan says; null where nothing speaks against it. */
  readonly obstacle: string | null;
  /** Whether the candidate has passed its health check; true where none is sent. */
  readonly isChecked: boolean;
}

export function dueOf(standing: Standing): Due {
  const { rollout, policy, heldMs, obstacle } = standing;
  switch (rollout.phase) {
    case 'idle':
      if (rollout.pending === null) return wait('');
      if (obstacle !== null) return wait(obstacle);
      if (!standing.isChecked) return wait('the health check of the candidate');
      return { kind: 'begin', gate: rollout.pending[0]?.gate ?? null };
    case 'shifting':
      return dueWhileShifting(standing, rollout);
    case 'promoted':
      return heldMs >= policy.bakeMs
        ? { kind: 'end-bake', gate: null }
        : wait(untilEnd('the bake', policy.bakeMs - heldMs));
    case 'paused':
      return wait('a person: resume');
    case 'rolled-back':
      return wait('');
  }
}

function dueWhileShifting(
  { policy: { advance, promote }, heldMs, verdict, obstacle }: Standing,
  rollout: Rollout & { readonly phase: 'shifting' | 'paused' },
): Due {
  const { plan, step } = rollout;
  const present = step === null ? undefined : plan[step];
  if (step === null || present === undefined) return wait('');
  const isLast = step === plan.length - 1;
  const isHeld = heldMs >= present.holdMs;
  const hold = untilEnd('the hold', present.holdMs - heldMs);
  if (isLast && promote === 'manual') return wait(isHeld ? 'a person: promote' : hold);
  if (!isLast && advance === 'manual') return wait('a person: advance');
  if (!isHeld) return wait(hold);
  if (obstacle !== null) return wait(obstacle);
  if (verdict.kind === 'unhealthy') return wait('a verdict that is not unhealthy');
  if (advance === 'proof' && verdict.kind !== 'healthy') return wait('proof that the candidate is healthy');
  return isLast
    ? { kind: 'promote', gate: null }
    : { kind: 'step', step: step + 1, gate: plan[step + 1]?.gate ?? null };
}

/** The time that is left stands in brackets, as every measurement does: it is no change of what is waited for. */
const untilEnd = (of: string, leftMs: number): string => `the end of ${of} (in ${phraseMs(leftMs, 2)})`;

const wait = (what: string): Due => ({ kind: 'wait', for: what });

/** The step after the present one; from a weight set by hand, the first that is more. Null where there is none. */
export function nextStepOf(rollout: Rollout): number | null {
  const plan = planOf(rollout);
  if (rollout.phase !== 'shifting' && rollout.phase !== 'paused') return null;
  const next = rollout.step === null ? plan.findIndex(({ share }) => share > rollout.share) : rollout.step + 1;
  return next >= 0 && next < plan.length ? next : null;
}

/** Where a rollout is on this step of its plan. */
export function placeAtStep(rollout: Rollout & { readonly phase: 'shifting' | 'paused' }, step: number): Place {
  const { candidate, plan, share } = rollout;
  return { phase: 'shifting', candidate, plan, step, share: plan[step]?.share ?? share };
}

/** The step of a plan that has this weight; null where none has. */
export function stepAt(plan: Plan, share: Share): number | null {
  const step = plan.findIndex((other) => other.share === share);
  return step === -1 ? null : step;
}

/** Whether the guards watch: in every phase in which the candidate's side gets traffic. */
export const isGuarded = (rollout: Rollout): boolean => shareOf(rollout) > 0;
