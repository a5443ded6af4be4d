import type { RolloutEvent } from './event.ts';
import type { FleetMember, FleetStatus } from './fleet.ts';
import type { Guards } from './guards.ts';
import type { Identity } from './identity.ts';
import type { Release, ReleaseStatus } from './release.ts';
import type { Phase, Progress, Source } from './rollout.ts';
import type { Weights } from './split.ts';
import type { Pace, ProbeSummary, WindowSummary } from './status.ts';
import type { Side } from './upstream.ts';
import type { Prospect, Verdict } from './verdict.ts';

/**
 * The answer of `GET /v1/status` and of every change. It speaks of the record: while a promotion bakes, `stable` is the
 * promoted release, there is no candidate, and the former stable is the way back.
 */
export interface StatusView {
  readonly service: string;
  readonly phase: Phase;
  /** What `If-Match` is compared with. */
  readonly revision: number;
  /** When the phase was entered; ISO 8601, UTC. */
  readonly since: string;
  readonly reason: string;
  /** Who wants it so: the configuration file, a person, or a guard. */
  readonly source: Source;
  readonly stable: Release;
  readonly candidate: Release | null;
  /** The way back while a promotion bakes; else absent. */
  readonly former?: Release;
  /** In force now; percent of requests. */
  readonly weights: Weights;
  /** Asked for but not in force, because it is not yet on disk; absent when the two are the same. */
  readonly rolloutWeights?: Weights;
  /** While rolled back by a guard: what it measured then, not what little the window holds now. */
  readonly verdict: Verdict;
  /** What an inconclusive verdict waits for; null when there is none. */
  readonly waitingFor: Prospect | null;
  /** Requests that caused the rollback. */
  readonly traceIds: readonly string[];
  /** The last rollback's transaction and how far it has come; absent in every other phase. */
  readonly rollback?: { readonly transactionId: string; readonly progress: Progress };
  readonly window: Readonly<Record<Side, WindowSummary>>;
  /** The limits in force now, and how far back `window` looks. A verdict from before may have been by others. */
  readonly guards: Guards;
  readonly plan: PlanView;
  readonly probe: Readonly<Record<Side, ProbeSummary | null>>;
  readonly automation: { readonly enabled: boolean; readonly frozen: boolean; readonly reason?: string };
  /** What the configuration file says, whatever became of it since. */
  readonly declared: {
    readonly stable: Release;
    readonly candidate: Release | null;
    /** Percent. */
    readonly weight: number;
    readonly plan: readonly StepView[];
  };
  readonly configuration: ConfigurationView;
  /** The requests contradict the split in force; absent as long as they do not. */
  readonly splitSuspicion?: string;
  readonly recording: { readonly writable: boolean; readonly error?: string; readonly since?: string };
  /** Null for a sidecar that judges for itself. */
  readonly fleet: FleetView | null;
}

/** What a member and its fleet are doing. */
export interface FleetView extends Omit<FleetStatus, 'members'> {
  /** Since when it is connected, or is not. */
  readonly since: string;
  /** How many are present. */
  readonly size: number;
  /** At most fifty of them, as they were a few seconds ago: those first that stand apart. */
  readonly members: readonly FleetMember[];
}

/** One step of a plan. */
export interface StepView {
  /** Percent. */
  readonly weight: number;
  readonly holdMs: number;
  readonly gate?: string;
}

/** The plan that is being followed and what it waits for. */
export interface PlanView extends Pace {
  readonly steps: readonly StepView[];
  /** Position, from 0; null at a weight set by hand or without a plan. */
  readonly step: number | null;
}

/** How the last reading of the configuration went. */
export interface ConfigurationView {
  readonly successful: boolean;
  readonly since: string;
  readonly triedAt: string;
  readonly mistakes: readonly string[];
}

/** The answer of `GET /v1/releases`, oldest first. */
export interface ReleasesView {
  readonly releases: readonly (Release & {
    readonly status: ReleaseStatus;
    readonly since: string;
    /** What a rolled-back one was taken out for. */
    readonly reason?: string;
  })[];
}

/** The answer of `GET /v1/whoami`: whom Weir takes the client for. */
export type WhoamiView = Pick<Identity, 'name' | 'role' | 'authentication'>;

/** The answer of `GET /v1/history`, newest first. */
export interface HistoryView {
  readonly events: readonly RolloutEvent[];
}
