import type { StatusView } from '../../model/view.ts';
import { percentOf, spanOf } from './words.ts';

/** One step of the plan, as it is shown. */
export interface ShownStep {
  readonly weight: string;
  readonly state: 'done' | 'present' | 'ahead';
  /** How long it lasts, or how much of that is left. */
  readonly hold: string;
  /** 0..1 of its hold. */
  readonly fraction: number;
}

/** The plan's steps; after a promotion all are done, and without a plan there are none. */
export function stepsOf({ plan, phase, declared }: StatusView): ShownStep[] {
  const isOver = phase === 'promoted';
  const steps = plan.steps.length > 0 ? plan.steps : isOver ? declared.plan : [];
  return steps.map(({ weight, holdMs }, i) => {
    const state = isOver || (plan.step !== null && i < plan.step) ? 'done' : i === plan.step ? 'present' : 'ahead';
    const fraction = state === 'done' ? 1 : state === 'ahead' || holdMs === 0 ? 0 : Math.min(1, plan.heldMs / holdMs);
    return { weight: percentOf(weight), state, hold: holdOf(state, holdMs, plan.heldMs), fraction };
  });
}

function holdOf(state: ShownStep['state'], holdMs: number, heldMs: number): string {
  if (state !== 'present') return `hold ${spanOf(holdMs)}`;
  return heldMs < holdMs ? `${spanOf(holdMs - heldMs)} of ${spanOf(holdMs)} left` : `held ${spanOf(heldMs)}`;
}

const START = 'weir start VERSION --url URL';

const waitsFor = (what: string): string => (what === '' ? '' : ` Waits for ${what}.`);

/** What the plan waits for, in a sentence; what there is instead where no plan is followed. */
export function paceOf({ plan, phase, automation }: StatusView): string {
  if (phase === 'rolled-back') {
    return 'The plan ended with the rollback. A new version begins it anew; a weight set by hand goes on without it.';
  }
  if (phase === 'promoted')
    return `It bakes for ${spanOf(plan.heldMs)} now, and the guards may still take it out.${waitsFor(plan.waitingFor)}`;
  if (phase === 'paused') return 'Paused: it goes on when somebody resumes.';
  const waiting = waitsFor(plan.waitingFor);
  if (phase === 'idle') {
    return waiting === ''
      ? `No rollout is under way. One begins with ${START}, or with a candidate in the file.`
      : waiting.trim();
  }
  if (plan.steps.length === 0) return 'No plan: the weight stays until somebody sets another.';
  if (plan.step === null) return 'The weight was set by hand: the plan goes on when somebody advances it.';
  if (!automation.enabled) return 'Automation is off: it does not go on by itself.';
  if (waiting !== '') return waiting.trim();
  const next = {
    time: 'when the hold is over',
    proof: 'when it is proven healthy',
    manual: 'when somebody advances it',
  };
  return `Goes on ${next[plan.advance]}.`;
}
