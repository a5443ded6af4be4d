import type { Automation } from '../model/automation.ts';
import type { Policy } from '../model/policy.ts';

/**
 * The breaker: one automatic rollback is the system working, several in a short time are a sign that something is
 * wrong that another candidate will not mend. Then automation freezes until a person has looked. Automatic rollbacks
 * are counted in a sliding time; lifting begins a new count, or the next rollback would freeze at once again.
 */
export function afterRollback(
  automation: Automation,
  nowMs: number,
  { rollbacks, withinMs }: Policy['breaker'],
): Automation {
  const rollbacksAtMs = [...automation.rollbacksAtMs.filter((atMs) => nowMs - atMs < withinMs), nowMs];
  if (automation.state === 'frozen' || rollbacksAtMs.length <= rollbacks) return { ...automation, rollbacksAtMs };
  const reason = `${rollbacksAtMs.length} automatic rollbacks within ${spanOf(withinMs)}, more than ${rollbacks} are allowed`;
  return { state: 'frozen', reason, rollbacksAtMs };
}

const UNITS = [
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
] as const;

function spanOf(ms: number): string {
  const [name, unitMs] = UNITS.find(([, unit]) => ms >= unit && ms % unit === 0) ?? ['ms', 1];
  return `${ms / unitMs} ${name}`;
}
