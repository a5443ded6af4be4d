import { change } from './change.ts';
import type { ChangeOptions, Operation } from './operation.ts';

/** `pause`, `resume`, `advance` and `promote`: what a person may do with a plan, each one POST without more to say. */
export function followPlan(
  operation: Operation,
  step: 'pause' | 'resume' | 'advance' | 'promote',
  options: ChangeOptions,
): Promise<number> {
  return change(operation, { method: 'POST', path: `/v1/rollout/${step}`, body: {} }, options);
}
