import type { StatusView } from '../../model/view.ts';

/** The verbs that help on from here, the one for an emergency first. What the sidecar would refuse is left out. */
export function choicesOf(status: StatusView): string[] {
  return status.automation.frozen ? choicesWhileFrozen(status) : choicesInPhase(status);
}

/** While the breaker holds, only lowering works. */
function choicesWhileFrozen({ phase }: StatusView): string[] {
  const lowering: readonly string[] = phase === 'idle' || phase === 'rolled-back' ? [] : ['weir rollback'];
  return [...lowering, 'weir history', 'weir automation on'];
}

function choicesInPhase({ phase, candidate, former, plan }: StatusView): string[] {
  switch (phase) {
    case 'idle':
      return candidate === null ? [START] : [SET_WEIGHT, START];
    case 'shifting': {
      const hasNext = plan.steps.length > 0 && (plan.step === null || plan.step < plan.steps.length - 1);
      return ['weir rollback', 'weir pause', ...(hasNext ? ['weir advance'] : [SET_WEIGHT, 'weir promote'])];
    }
    case 'paused':
      return ['weir rollback', 'weir resume', SET_WEIGHT];
    case 'promoted':
      return [`weir rollback${former === undefined ? '' : ` (back to ${former.version})`}`];
    case 'rolled-back':
      return ['weir history', ...(candidate === null ? [] : [`${SET_WEIGHT} (${candidate.version} again)`]), START];
  }
}

const SET_WEIGHT = 'weir set-weight 5';
const START = 'weir start VERSION --url URL';
