import type { Share } from '../model/split.ts';
import type { Address } from '../model/upstream.ts';

/** Who gets which share of the requests, and where they listen. Immutable; replaced whole. */
export interface Routing {
  /** The candidate's share in force. */
  readonly share: Share;
  readonly stable: Address;
  readonly candidate: Address | null;
}

/**
 * The one edge that leads backward: a cell that the control plane writes and the route reads. A request
 * sees the old split or the new one, never a mixture.
 */
export interface Table {
  read(): Routing;
  replace(routing: Routing): void;
}

export function createTable(first: Routing): Table {
  let current = first;
  return {
    read: () => current,
    replace: (routing) => {
      current = routing;
    },
  };
}
