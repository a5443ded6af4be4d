import type { OneTimeToken } from './identity.ts';
import type { Plan } from './plan.ts';
import type { Release } from './release.ts';

/** What stands for the reason of a command that gave none. */
export const NO_REASON = 'no reason given';

interface Asked {
  /** Who asks. */
  readonly actor: string;
  readonly reason: string;
  /** From `If-Match`: refuse unless this is still the revision. */
  readonly expectedRevision?: number;
  /** Overrides health checks, probes, gates and the breaker, where the configuration allows that. */
  readonly force?: boolean;
  /** The one-time token that the command uses up, if it is carried out. */
  readonly spends?: OneTimeToken;
}

interface Local {
  /** Of this sidecar alone, whatever its fleet does; only to take the candidate out. */
  readonly local?: boolean;
}

/** What a person can ask of the rollout. Weights are in percent, by side or by version. */
export type Command =
  | (Asked & Local & { readonly kind: 'set-weights'; readonly weights: Readonly<Record<string, number>> })
  /** Without a plan of its own it follows the one that the file declares. */
  | (Asked & { readonly kind: 'start'; readonly candidate: Release; readonly plan?: Plan })
  | (Asked & { readonly kind: 'pause' })
  | (Asked & { readonly kind: 'resume' })
  | (Asked & { readonly kind: 'advance' })
  | (Asked & { readonly kind: 'promote' })
  /** To stable, or to another release that is known. */
  | (Asked & Local & { readonly kind: 'roll-back'; readonly to?: string })
  /** Blue-green: all traffic to a known release in one step. */
  | (Asked & { readonly kind: 'switch'; readonly version: string })
  | (Asked & { readonly kind: 'register'; readonly release: Release })
  | (Asked & { readonly kind: 'set-automation'; readonly enabled: boolean });

export type CommandOf<K extends Command['kind']> = Command & { readonly kind: K };

/** Why a command was refused; a closed set, one problem document each. */
export type RefusalCode =
  | 'token-spent'
  | 'revision-mismatch'
  | 'no-candidate'
  | 'wrong-phase'
  | 'unknown-version'
  | 'version-conflict'
  | 'taken-out'
  | 'invalid-weights'
  | 'unhealthy'
  | 'gate-closed'
  | 'automation-frozen'
  | 'force-not-allowed'
  | 'state-not-writable'
  | 'store-unavailable'
  | 'no-fleet';

export interface Refusal {
  readonly code: RefusalCode;
  readonly message: string;
}
