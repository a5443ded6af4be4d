import { change } from './change.ts';
import type { ChangeOptions, Operation } from './operation.ts';

/** Blue-green: everything to a known release in one step. */
export function switchTo(operation: Operation, version: string, options: ChangeOptions): Promise<number> {
  return change(operation, { method: 'POST', path: '/v1/switch', body: { version } }, options);
}
