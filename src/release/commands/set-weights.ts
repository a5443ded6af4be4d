import type { CommandOf } from '../../model/command.ts';
import type { Rollout } from '../../model/rollout.ts';
import { planOf, shareOf, sidesOf } from '../../model/rollout.ts';
import type { Decision } from '../change.ts';
import { byPerson, refuseWhileFrozen, standingAt } from '../change.ts';
import { shareAsked } from '../weights.ts';

/** A weight set by hand: the plan stays, but goes on only when somebody says `advance`. Lowering always works. */
export function setWeights(rollout: Rollout, command: CommandOf<'set-weights'>): Decision {
  const asked = shareAsked(rollout, command.weights);
  if ('code' in asked) return asked;
  const { share } = asked;
  const before = shareOf(rollout);
  const isIdle = rollout.phase === 'idle' && rollout.pending === null;
  if (share === before && (rollout.phase === 'promoted' || isIdle)) return null;
  if (share > before) {
    const refusal = refuseWhileFrozen(rollout, command);
    if (refusal !== null) return refusal;
  }
  const { stable, candidate } = sidesOf(rollout);
  return { type: 'weights-set', ...byPerson(command), stable, place: standingAt(candidate, share, planOf(rollout)) };
}
