import type { Share } from '../model/split.ts';
import type { Pool } from './pool.ts';

/** Who gets which share of the requests, and the connections to them. Immutable; replaced whole. */
export interface Routing {
  /** The candidate's share in force. */
  readonly share: Share;
  readonly stable: Pool;
  readonly candidate: Pool | null;
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
