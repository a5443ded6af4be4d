/** What the bench tells a crew, a process full of members, and what it hears back. Times are of `epochMs`. */
export type Order =
  | { readonly kind: 'open'; readonly port: number; readonly teams: readonly Team[] }
  /** From this moment on the candidate fails this share of its requests. */
  | { readonly kind: 'fail'; readonly fromMs: number; readonly ratio: number }
  /** Nothing fails any more, and what was reset is forgotten. */
  | { readonly kind: 'calm' }
  /** A new candidate, asked for at the first member of each team. */
  | { readonly kind: 'start'; readonly version: string }
  /** Collecting garbage first makes the memory exact, and holds up the members. */
  | { readonly kind: 'look'; readonly collects: boolean };

/** Members of one service. */
export interface Team {
  readonly service: string;
  readonly members: number;
}

export type Answer = { readonly kind: 'done' } | Look | Reset;

/** A process and the members in it. */
export interface Look {
  readonly kind: 'look';
  /** Of these members, how many give the candidate its share and may raise it. */
  readonly ready: number;
  /** As the first member sees it. */
  readonly fleet: number;
  readonly cpuMs: number;
  /** A member's, without what the process needs in any case. */
  readonly memberHeapBytes: number;
  /** How late the event loop was at the 99th percentile, since the last look. */
  readonly lateMs: number;
}

/** All members of a team that are in this process have gone back to stable and know that the fleet has. */
export interface Reset {
  readonly kind: 'reset';
  readonly service: string;
  readonly firstFailureMs: number;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly reason: string;
}

/** The same in all processes of a machine, and monotonic in each. */
export const epochMs = (): number => performance.timeOrigin + performance.now();
