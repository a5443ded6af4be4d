import { phraseMs } from '../../health/phrase.ts';
import type { PlanView, StatusView, StepView } from '../../model/view.ts';
import { formatDuration } from '../../support/units.ts';
import type { Paint } from '../output.ts';
import { phrasePercent, phraseWaiting } from './phrase.ts';

/** A plan may have a hundred steps: so many are shown before and after the present one. */
const BEFORE = 2;
const AFTER = 4;

/** The plan with the present step marked, and what it waits for; no line where there is nothing to follow. */
export function planLines({ phase, plan }: StatusView, paint: Paint): string[] {
  const { steps, step, heldMs, waitingFor, advance, promote } = plan;
  const waits = waitingFor === '' ? [] : [`waits for ${phraseWaiting(waitingFor)}`];
  if (phase === 'promoted') return [`for ${phraseMs(heldMs, 2)} now`, ...waits];
  if (phase === 'rolled-back' || (phase === 'idle' && steps.length === 0)) return [];
  if (steps.length === 0) return ['none: the weight moves by hand'];
  const end = promote === 'auto' ? 'promoted by itself' : 'promoted by a person';
  const byHand = step === null && phase !== 'idle' ? ['left by hand: weir advance goes on with it'] : [];
  return [stepsLine(plan, paint), ...byHand, ...waits, `advances by ${advance}, ${end}`];
}

function stepsLine({ steps, step, heldMs }: PlanView, paint: Paint): string {
  const at = step ?? -1;
  const first = Math.max(0, at - BEFORE);
  const shown = steps.slice(first, Math.max(at, 0) + AFTER + 1);
  const after = steps.length - first - shown.length;
  const parts = shown.map((one, index) => {
    const position = first + index;
    if (position === at) return paint('bold', `▶ ${phraseStep(one)} (held ${phraseMs(heldMs, 2)})`);
    return position < at ? paint('dim', `✓ ${phraseStep(one)}`) : `· ${phraseStep(one)}`;
  });
  return [...(first > 0 ? [`(${first} before)`] : []), ...parts, ...(after > 0 ? [`(${after} more)`] : [])].join('   ');
}

function phraseStep({ weight, holdMs, gate }: StepView): string {
  return `${phrasePercent(weight)} for ${formatDuration(holdMs)}${gate === undefined ? '' : ' (gate)'}`;
}
