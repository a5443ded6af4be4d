import type { RolloutEvent } from '../model/event.ts';

/**
 * What shows that a journal is another service's: the name in its last event, because that is whose state would be gone
 * on from. Events before it may bear a name that the service once had. Null when it is ours, or nobody's.
 */
export function strangerIn(events: readonly RolloutEvent[], service: string): string | null {
  const theirs: unknown = events.at(-1)?.service;
  if (typeof theirs !== 'string' || theirs === service) return null;
  return `it is the journal of the service ${theirs}, and this is ${service}`;
}
