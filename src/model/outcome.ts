import type { SideIndex } from './upstream.ts';

/**
 * How one exchange ended: a closed set, and the only vocabulary in which the data path reports.
 *
 * - `answered`: the whole answer reached the client, whatever its status
 * - `refused`, `reset`, `unresolved`, `malformed`: the upstream's fault, before its head was complete
 * - `timed-out`: the upstream was silent for too long, before the head or inside the body
 * - `cut-short`: the upstream went away inside the body
 * - `client-left`: the client went away first; counts for nobody
 * - `poison`: the candidate failed, and so did stable when asked the same; counts for nobody
 * - `refused-here`: Weir itself would not forward it (limits, no candidate); counts for nobody
 */
export const OUTCOMES = [
  'answered',
  'refused',
  'reset',
  'unresolved',
  'timed-out',
  'cut-short',
  'malformed',
  'client-left',
  'poison',
  'refused-here',
] as const;

export type Outcome = (typeof OUTCOMES)[number];

/** Whether the upstream failed this exchange. The judge and the shield both ask here. */
export function isFailure(outcome: Outcome, status: number): boolean {
  switch (outcome) {
    case 'answered':
      return status >= 500;
    case 'client-left':
    case 'poison':
    case 'refused-here':
      return false;
    case 'refused':
    case 'reset':
    case 'unresolved':
    case 'timed-out':
    case 'cut-short':
    case 'malformed':
      return true;
  }
}

/** Whether the exchange says anything about its upstream at all. */
export function isCounted(outcome: Outcome): boolean {
  return outcome !== 'client-left' && outcome !== 'poison' && outcome !== 'refused-here';
}

/**
 * One request and its answer while it is under way. Owned by the data path, one fixed shape, reused;
 * the fields of the second block belong to `health/observe` alone.
 */
export interface Exchange {
  side: SideIndex;
  /** Sent to this side by an override: never evidence. */
  forced: boolean;
  /** Monotonic. */
  dispatchedAtMs: number;
  /** Monotonic; 0 until the response head has come. */
  headAtMs: number;
  /** 0 until the response head has come. */
  status: number;
  /** W3C trace id, for the reasons of a reset; '' where there is none. */
  traceId: string;

  /** The window's slot it was dispatched in. */
  slot: number;
  /** Which life of the window it belongs to: a late answer must not spoil the next one. */
  epoch: number;
  /** Already counted as slow, because the limit passed while it was waiting. */
  countedSlow: boolean;
  older: Exchange | null;
  newer: Exchange | null;
}
