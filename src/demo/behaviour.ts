/** How an upstream of the demo can behave. */
export const BEHAVIOURS = ['healthy', 'failing', 'slow', 'silent'] as const;

/** `healthy` answers 200, `failing` 500, `slow` 200 after SLOW_MS, `silent` never. */
export type Behaviour = (typeof BEHAVIOURS)[number];

export const SLOW_MS = 450;

/** An upstream names itself by its version here, so that the load knows who answered. */
export const UPSTREAM_FIELD = 'x-demo-upstream';

/** The load numbers its requests from 1 here, so that an upstream can tell which of them it got. */
export const SEQUENCE_FIELD = 'x-demo-sequence';

/** Requests below this path are for the upstream itself and are not counted as traffic. */
export const CONTROL_PATH = '/demo/';

export function isBehaviour(text: string | undefined): text is Behaviour {
  return BEHAVIOURS.some((behaviour) => behaviour === text);
}
