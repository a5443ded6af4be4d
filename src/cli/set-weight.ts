import { change } from './change.ts';
import { locally } from './locally.ts';
import type { LocalOptions, Operation } from './operation.ts';

/** Sets weights in percent, by side or by version. */
export function setWeight(operation: Operation, weights: Readonly<Record<string, number>>, options: LocalOptions) {
  return change(operation, { method: 'PUT', path: '/v1/weights', ...locally(weights, options) }, options);
}
