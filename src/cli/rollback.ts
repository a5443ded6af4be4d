import { change } from './change.ts';
import { locally } from './locally.ts';
import type { LocalOptions, Operation } from './operation.ts';

/** Sends everything back to stable, or to another release that is known. */
export function rollback(operation: Operation, options: LocalOptions & { readonly to?: string }): Promise<number> {
  const body = options.to === undefined ? {} : { to: options.to };
  return change(operation, { method: 'POST', path: '/v1/rollback', ...locally(body, options) }, options);
}
