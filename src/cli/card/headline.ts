import type { Phase } from '../../model/rollout.ts';
import type { StatusView } from '../../model/view.ts';
import type { Tone } from '../output.ts';
import { phrasePercent, phraseWaiting } from './phrase.ts';

export const PHASE_TONES = {
  idle: 'bold',
  shifting: 'green',
  paused: 'yellow',
  promoted: 'green',
  'rolled-back': 'red',
} as const satisfies Record<Phase, Tone>;

/** Where a rollout stands, in one sentence. */
export function sentenceOf(status: StatusView): string {
  const { phase, stable, candidate, former, weights, plan } = status;
  const version = candidate?.version ?? 'the candidate';
  const share = phrasePercent(weights.candidate);
  const rest = weights.stable === 0 ? 'nothing' : `the other ${phrasePercent(weights.stable)}`;
  const others = `${stable.version} ${rest}`;
  switch (phase) {
    case 'idle': {
      if (candidate === null) return `everything goes to ${stable.version}; there is no candidate`;
      const waits = plan.waitingFor === '' ? '' : ` and waits for ${phraseWaiting(plan.waitingFor)}`;
      return `${version} has 0 %${waits}; everything goes to ${stable.version}`;
    }
    case 'shifting':
      return `${version} gets ${share}${stepIn(status)}, ${others}`;
    case 'paused':
      return `${version} stays at ${share}${stepIn(status)}, ${others}`;
    case 'promoted':
      return `${stable.version} is stable and gets ${phrasePercent(weights.stable)}; ${former?.version ?? 'the former stable'} is kept as the way back while it bakes`;
    case 'rolled-back':
      return `${candidate === null ? 'no candidate gets anything' : `${version} is out`}; everything goes to ${stable.version} until a person or a new version comes`;
  }
}

function stepIn({ plan: { steps, step } }: StatusView): string {
  if (steps.length === 0) return '';
  return step === null ? ' (set by hand)' : ` (step ${step + 1} of ${steps.length})`;
}
