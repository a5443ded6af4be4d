import type { CommandOf, Refusal } from '../../model/command.ts';
import type { Place, Rollout } from '../../model/rollout.ts';
import type { Decision } from '../change.ts';
import { byPerson, inParentheses, refuse, refuseWhileFrozen } from '../change.ts';
import { nextStepOf, placeAtStep } from '../plan.ts';

/** `pause`: the weight stays, and guards go on acting. */
export function pause(rollout: Rollout, command: CommandOf<'pause'>): Decision {
  if (rollout.phase === 'paused') return null;
  if (rollout.phase !== 'shifting') return wrongPhase(rollout, 'there is nothing to pause');
  return { type: 'paused', ...byPerson(command), place: { ...standing(rollout), phase: 'paused' } };
}

/** `resume`: the hold of the present step begins anew. */
export function resume(rollout: Rollout, command: CommandOf<'resume'>): Decision {
  if (rollout.phase !== 'paused') return wrongPhase(rollout, 'there is nothing to resume');
  return { type: 'resumed', ...byPerson(command), place: { ...standing(rollout), phase: 'shifting' } };
}

/** `advance`: the next step at once, also out of a pause or from a weight set by hand. */
export function advance(rollout: Rollout, command: CommandOf<'advance'>): Decision {
  if (rollout.phase !== 'shifting' && rollout.phase !== 'paused') {
    return wrongPhase(rollout, 'there is no step to advance to');
  }
  const next = nextStepOf(rollout);
  if (next === null) {
    const what = rollout.plan.length === 0 ? 'there is no plan; set a weight' : 'the last step has been taken; promote';
    return wrongPhase(rollout, what);
  }
  return (
    refuseWhileFrozen(rollout, command) ?? { type: 'advanced', ...byPerson(command), place: placeAtStep(rollout, next) }
  );
}

/** `promote`: the candidate becomes stable in the record, and the former stable stays beside it for the bake. */
export function promote(rollout: Rollout, command: CommandOf<'promote'>): Decision {
  const promoted = promotion(rollout);
  if (promoted === null) return wrongPhase(rollout, 'there is no candidate with traffic to promote');
  return refuseWhileFrozen(rollout, command) ?? { type: 'promoted', ...byPerson(command), ...promoted };
}

/** Null where no candidate has traffic. */
export function promotion(rollout: Rollout): { readonly stable: Rollout['stable']; readonly place: Place } | null {
  if (rollout.phase !== 'shifting' && rollout.phase !== 'paused') return null;
  return { stable: rollout.candidate, place: { phase: 'promoted', candidate: null, former: rollout.stable } };
}

function standing({ candidate, share, plan, step }: Rollout & { readonly phase: 'shifting' | 'paused' }) {
  return { candidate, share, plan, step };
}

function wrongPhase({ phase, reason }: Rollout, what: string): Refusal {
  return refuse('wrong-phase', `${what}: the rollout is ${phase}${inParentheses(reason)}`);
}
