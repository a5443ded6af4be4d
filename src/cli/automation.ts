import { change } from './change.ts';
import type { ChangeOptions, Operation } from './operation.ts';
import { automationOutcomeOf } from './outcome.ts';

/** Lets Weir go on by itself, or not; on lifts the breaker. */
export function setAutomation(operation: Operation, enabled: boolean, options: ChangeOptions): Promise<number> {
  const asked = { method: 'POST', path: '/v1/automation', body: { enabled }, tell: automationOutcomeOf } as const;
  return change(operation, asked, options);
}
