/**
 * Whether Weir may start, advance and promote by itself. `off` is a person's wish; `frozen` is the breaker's, and
 * then a person too must lift it before any candidate gets more. Guards act in all three.
 */
export interface Automation {
  readonly state: 'on' | 'off' | 'frozen';
  /** Why it is not on; '' while it is. */
  readonly reason: string;
  /** Wall clock of the automatic rollbacks that the breaker still counts. */
  readonly rollbacksAtMs: readonly number[];
}

export const AUTOMATION_ON: Automation = { state: 'on', reason: '', rollbacksAtMs: [] };
