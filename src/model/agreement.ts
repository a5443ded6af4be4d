import type { RolloutEvent } from './event.ts';
import type { OneTimeToken } from './identity.ts';
import type { Declaration } from './rollout.ts';
import type { Side } from './upstream.ts';

/** What sidecars that share one rollout hand to the one that follows it: where it stands now, because another wrote. */
export interface Agreed {
  /** At least one, oldest first: what was written last. The last one carries the whole state. */
  readonly events: readonly RolloutEvent[];
  /** Why the rollout stands where it stands, if an event that is not among these says it. */
  readonly reason: string;
  /** Sides whose windows say nothing about this life of theirs. */
  readonly begunAnew: readonly Side[];
  /** What happened here and is not in it, to be decided once more on top of it. */
  readonly again: readonly Restatement[];
}

/** An input made from what one sidecar knew and the others did not. */
export type Restatement =
  /** The same candidate was taken out, or given less. */
  | { readonly kind: 'fall-again'; readonly event: RolloutEvent }
  /** Nobody can say what became of this candidate, because the store lost what came after. */
  | { readonly kind: 'mistrust'; readonly version: string; readonly reason: string }
  /** A one-time token was used here, and is good for nothing anywhere. */
  | {
      readonly kind: 'spend-token';
      readonly token: OneTimeToken;
      readonly actor: string;
      readonly reason: string;
      /** In which it was used. */
      readonly transactionId: string;
    }
  | { readonly kind: 'declare'; readonly declaration: Declaration; readonly lapsed: false };
