import type { Release } from './release.ts';

interface Asked {
  /** Who asks. */
  readonly actor: string;
  readonly reason: string;
  /** From `If-Match`: refuse unless this is still the revision. */
  readonly expectedRevision?: number;
}

/** What a person can ask of the rollout. Weights are in percent, by side or by version. */
export type Command =
  | (Asked & { readonly kind: 'set-weights'; readonly weights: Readonly<Record<string, number>> })
  | (Asked & { readonly kind: 'start'; readonly candidate: Release })
  | (Asked & { readonly kind: 'roll-back' });

/** Why a command was refused; a closed set, one problem document each. */
export type RefusalCode =
  | 'revision-mismatch'
  | 'no-candidate'
  | 'unknown-version'
  | 'version-conflict'
  | 'invalid-weights'
  | 'state-not-writable';

export interface Refusal {
  readonly code: RefusalCode;
  readonly message: string;
}
