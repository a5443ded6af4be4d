import type { Release } from './release.ts';
import type { Share } from './split.ts';
import type { Reason } from './verdict.ts';

export const PHASES = ['idle', 'shifting', 'paused', 'promoted', 'rolled-back'] as const;

/** Where a rollout stands. */
export type Phase = (typeof PHASES)[number];

/** What the configuration file last said; only a change to it is news. */
export interface Declaration {
  readonly stable: Release;
  readonly candidate: Release | null;
  readonly share: Share;
}

interface Common {
  /** `seq` of the last event; what `If-Match` is compared with. */
  readonly revision: number;
  /** Wall clock at which the phase was entered. */
  readonly sinceMs: number;
  /** Why the last event happened, for a person. */
  readonly reason: string;
  readonly stable: Release;
  readonly declared: Declaration;
}

/** The rollout, as folded from the journal. Its weights and its verdict are derived, never stored twice. */
export type Rollout =
  | (Common & { readonly phase: 'idle'; readonly candidate: Release | null })
  | (Common & { readonly phase: 'shifting'; readonly candidate: Release; readonly share: Share })
  | (Common & {
      readonly phase: 'rolled-back';
      readonly candidate: Release | null;
      /** What the judge measured; empty when a person rolled back. */
      readonly reasons: readonly Reason[];
      /** Trace ids of requests that caused it. */
      readonly traceIds: readonly string[];
    });

/** The candidate's share that the rollout asks for. */
export function shareOf(rollout: Rollout): Share {
  return rollout.phase === 'shifting' ? rollout.share : 0;
}
