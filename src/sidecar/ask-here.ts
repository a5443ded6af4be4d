import type { Command, Refusal } from '../model/command.ts';
import { refuse } from '../release/change.ts';
import type { Control } from '../release/control.ts';
import { shareAsked } from '../release/weights.ts';

export interface AskHereParts {
  /** Of the rollout, which is everybody's in a fleet. */
  readonly ask: Control['ask'];
  readonly control: Pick<Control, 'refusalOf' | 'rollout' | 'spend'>;
  /** Null where there is no fleet. */
  readonly lowerHere: ((reason: string) => void) | null;
}

/**
 * What a person asks of this sidecar alone changes no rollout: the candidate is out here and nowhere else, until it is
 * sent out again. Nothing can rise by it, so it needs nobody's agreement and works while the store is away.
 */
export function createAskHere({ ask, control, lowerHere }: AskHereParts): Control['ask'] {
  function mistakeIn(command: Command): Refusal | null {
    if (lowerHere === null)
      return refuse('no-fleet', 'this sidecar is in no fleet, so what is asked of it is local anyway');
    if (command.kind !== 'set-weights') return null;
    const asked = shareAsked(control.rollout(), command.weights);
    if ('code' in asked) return asked;
    if (asked.share === 0) return null;
    const what = 'one sidecar alone can only take the candidate out; to give it less everywhere, ask without local';
    return refuse('invalid-weights', `expected 0 for the candidate, because ${what}`);
  }

  return async (command) => {
    const isLocal = (command.kind === 'set-weights' || command.kind === 'roll-back') && command.local === true;
    if (!isLocal) return ask(command);
    const refusal = mistakeIn(command) ?? control.refusalOf(command) ?? (await control.spend(command));
    if (refusal !== null) return { ok: false, refusal };
    lowerHere?.(`${command.actor}: ${command.reason}`);
    return { ok: true };
  };
}
