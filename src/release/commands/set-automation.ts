import type { Automation } from '../../model/automation.ts';
import { AUTOMATION_ON } from '../../model/automation.ts';
import type { CommandOf } from '../../model/command.ts';
import type { Rollout } from '../../model/rollout.ts';
import type { Decision } from '../change.ts';
import { byPerson, placeOf } from '../change.ts';

/** Switches automation off, or on again; on lifts the breaker too, whose count begins anew. */
export function setAutomation(rollout: Rollout, command: CommandOf<'set-automation'>): Decision {
  const { state, rollbacksAtMs } = rollout.automation;
  if (command.enabled ? state === 'on' : state !== 'on') return null;
  const off: Automation = { state: 'off', reason: command.reason, rollbacksAtMs };
  const automation = command.enabled ? AUTOMATION_ON : off;
  return { type: 'automation-set', ...byPerson(command), source: rollout.source, place: placeOf(rollout), automation };
}
