import type { StatusView } from '../../model/view.ts';

/** The answer of `GET /v1/whoami`. */
export interface Who {
  readonly name: string;
  readonly role: 'viewer' | 'operator';
  readonly authentication: 'loopback' | 'token' | 'oidc';
}

const ACTIONS = ['roll-back', 'set-weight', 'pause', 'resume', 'advance', 'promote', 'automate'] as const;

export type Action = (typeof ACTIONS)[number];

/** `absent`: not for this role, or pointless here. `off`: shown, but not now. */
export type Right = 'absent' | 'off' | 'on';

/** What this person may do now. The sidecar decides again; this only spares useless buttons. */
export function rightsOf(status: StatusView | null, who: Who | null): Readonly<Record<Action, Right>> {
  if (status === null || who?.role !== 'operator') return allOf('absent');
  const { phase, candidate, plan, automation, weights } = status;
  const isOnTrial = phase === 'shifting' || phase === 'paused';
  const hasNext = plan.steps.length > 0 && (plan.step === null || plan.step < plan.steps.length - 1);
  const on = (condition: boolean): Right => (condition ? 'on' : 'off');
  const onTrial = (condition: boolean): Right => (isOnTrial ? on(condition) : 'absent');
  return {
    'roll-back': phase !== 'rolled-back' && (candidate !== null || phase === 'promoted') ? 'on' : 'absent',
    // While the breaker holds, a weight may only fall.
    'set-weight': candidate === null ? 'absent' : on(!automation.frozen || weights.candidate > 0),
    pause: phase === 'paused' ? 'absent' : onTrial(true),
    resume: phase === 'paused' ? 'on' : 'absent',
    advance: plan.steps.length === 0 ? 'absent' : onTrial(hasNext && !automation.frozen),
    promote: onTrial(!automation.frozen),
    automate: automation.enabled ? 'absent' : 'on',
  };
}

function allOf(right: Right): Record<Action, Right> {
  return Object.fromEntries(ACTIONS.map((action) => [action, right])) as Record<Action, Right>;
}
