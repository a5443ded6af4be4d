import type { Automation } from './automation.ts';
import type { OneTimeToken } from './identity.ts';
import type { Plan } from './plan.ts';
import type { RegisteredRelease, Release } from './release.ts';
import type { Share } from './split.ts';
import { FULL_SHARE } from './split.ts';
import type { Side } from './upstream.ts';
import type { Reason } from './verdict.ts';

/**
 * Where a rollout stands, in two ways of speaking that differ in one phase.
 *
 * The *record* says who is stable. The *sides* say who stands where in the data path. They are the same, but for the
 * time between a promotion and the end of its bake: the record already calls the promoted release stable, while in the
 * data path it still has the candidate's side, at 100 %, with the former stable beside it. So nothing is lost at a
 * promotion: the guards go on with the same window, a failed answer can still be replayed on the former stable, whose
 * connections stay warm, and a rollback is what it always is, a share of 0. When the bake is over the record's stable
 * gets the stable side. Status speaks of the record; metrics, windows and events' weights speak of the sides.
 */
export const PHASES = ['idle', 'shifting', 'paused', 'promoted', 'rolled-back'] as const;

export type Phase = (typeof PHASES)[number];

/** Who wants it as it is: the configuration file, a person, or a guard. */
export const SOURCES = ['file', 'operator', 'guard'] as const;

export type Source = (typeof SOURCES)[number];

/** How far a rollback has come; each is an event with the same transaction. */
export const PROGRESS = ['detected', 'split-published', 'in-flight-drained', 'verified'] as const;

export type Progress = (typeof PROGRESS)[number];

/** What the configuration file last said; only a change to it is news. */
export interface Declaration {
  readonly stable: Release;
  readonly candidate: Release | null;
  /** Where a candidate starts when there is no plan. */
  readonly share: Share;
  readonly plan: Plan;
}

/** What every phase has. */
export interface Common {
  /** `seq` of the last event. */
  readonly seq: number;
  /** `seq` of the last event that changed something; what `If-Match` is compared with. */
  readonly revision: number;
  /** Wall clock at which the phase was entered, for the release that is on trial in it. */
  readonly sinceMs: number;
  /** Why the last change happened, for a person. */
  readonly reason: string;
  readonly source: Source;
  /** Of the last event. */
  readonly transactionId: string;
  readonly stable: Release;
  readonly releases: readonly RegisteredRelease[];
  readonly automation: Automation;
  readonly declared: Declaration;
  /** One-time tokens that are good for nothing any more. */
  readonly spentTokens: readonly OneTimeToken[];
}

/** The phase with what only it has. */
export type Place =
  | {
      readonly phase: 'idle';
      readonly candidate: Release | null;
      /** The plan to begin with once health check and gate have passed; null when nothing waits for them. */
      readonly pending: Plan | null;
    }
  | {
      readonly phase: 'shifting' | 'paused';
      readonly candidate: Release;
      readonly share: Share;
      readonly plan: Plan;
      /** Position in the plan; null at a weight set by hand. */
      readonly step: number | null;
    }
  /** `candidate` has become the record's stable; `former` is the way back. */
  | { readonly phase: 'promoted'; readonly candidate: null; readonly former: Release }
  | {
      readonly phase: 'rolled-back';
      readonly candidate: Release | null;
      /** What the judge measured; empty when a person rolled back. */
      readonly reasons: readonly Reason[];
      /** Trace ids of requests that caused it. */
      readonly traceIds: readonly string[];
      /** The rollback's own transaction, and how far it has come. */
      readonly rollback: { readonly transactionId: string; readonly progress: Progress };
    };

/** The rollout, as folded from the journal. Its weights and its verdict are derived, never stored twice. */
export type Rollout = Common & Place;

/** The share that the rollout asks for on the candidate's side. */
export function shareOf(place: Place): Share {
  if (place.phase === 'shifting' || place.phase === 'paused') return place.share;
  return place.phase === 'promoted' ? FULL_SHARE : 0;
}

/** Who stands where in the data path. */
export interface Sides {
  readonly stable: Release;
  readonly candidate: Release | null;
}

export function sidesOf(rollout: Rollout): Sides {
  if (rollout.phase === 'promoted') return { stable: rollout.former, candidate: rollout.stable };
  return { stable: rollout.stable, candidate: rollout.candidate };
}

/** Who stands where, and with which share: what decides whether counts of before say anything about now. */
export interface Standing {
  readonly sides: Sides;
  readonly share: Share;
}

export const standingOf = (rollout: Rollout): Standing => ({ sides: sidesOf(rollout), share: shareOf(rollout) });

/** Another release, or the same candidate sent out again: what was seen before says nothing about this try. */
export function sidesBegunAnew(before: Standing, after: Standing): readonly Side[] {
  const [was, is] = [before.sides, after.sides];
  const isCandidateNew = was.candidate?.version !== is.candidate?.version;
  const isSentAgain = before.share === 0 && after.share > 0;
  return [
    ...(was.stable.version === is.stable.version ? [] : (['stable'] as const)),
    ...(isCandidateNew || isSentAgain ? (['candidate'] as const) : []),
  ];
}

/** The plan that is being followed, or was before the weight was set by hand; empty where there is none. */
export function planOf(place: Place): Plan {
  if (place.phase === 'shifting' || place.phase === 'paused') return place.plan;
  return place.phase === 'idle' ? (place.pending ?? []) : [];
}
