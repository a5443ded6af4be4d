import type { StatusView } from '../model/view.ts';
import { phrasePercent } from './card/phrase.ts';
import type { Change } from './change.ts';
import type { LocalOptions } from './operation.ts';

/** A change's body, of this sidecar alone where that is asked; it changes no rollout, so it tells of itself. */
export function locally(body: object, { local }: LocalOptions): Pick<Change, 'body' | 'tell'> {
  return local === undefined ? { body } : { body: { ...body, local }, tell: localOutcomeOf };
}

function localOutcomeOf(_before: StatusView, { fleet, weights, rolloutWeights }: StatusView): string[] {
  const all = phrasePercent((rolloutWeights ?? weights).candidate);
  return [`${fleet?.member ?? 'this sidecar'} alone sends nothing to the candidate; the fleet has it at ${all}`];
}
