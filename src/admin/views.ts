import type { RolloutEvent } from '../model/event.ts';
import type { Plan } from '../model/plan.ts';
import type { Release, ReleaseStatus } from '../model/release.ts';
import { planOf, shareOf } from '../model/rollout.ts';
import type { Phase, Progress, Source } from '../model/rollout.ts';
import { FULL_SHARE, weightsOf } from '../model/split.ts';
import type { Share, Weights } from '../model/split.ts';
import type { Pace, ProbeSummary, Recording, Snapshot, WindowSummary } from '../model/status.ts';
import type { Side } from '../model/upstream.ts';
import type { Prospect, Verdict } from '../model/verdict.ts';

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

export function statusOf(snapshot: Snapshot): StatusView {
  const { service, rollout, share, verdict, waitingFor, splitSuspicion, windows, probes, reload, recording } = snapshot;
  const latched = rollout.phase === 'rolled-back' ? rollout : null;
  const isPromoted = rollout.phase === 'promoted';
  const { declared } = rollout;
  const recordWeightsOf = (sideShare: Share) => weightsOf(isPromoted ? FULL_SHARE - sideShare : sideShare);
  const bySide = <T>(sides: Readonly<Record<Side, T>>) =>
    isPromoted
      ? { stable: sides.candidate, candidate: sides.stable }
      : { stable: sides.stable, candidate: sides.candidate };
  return {
    service,
    phase: rollout.phase,
    revision: rollout.revision,
    since: isoOf(rollout.sinceMs),
    reason: rollout.reason,
    source: rollout.source,
    stable: rollout.stable,
    candidate: rollout.candidate,
    ...(isPromoted && { former: rollout.former }),
    weights: recordWeightsOf(share),
    ...(share !== shareOf(rollout) && { rolloutWeights: recordWeightsOf(shareOf(rollout)) }),
    verdict: latched !== null && latched.reasons.length > 0 ? { kind: 'unhealthy', reasons: latched.reasons } : verdict,
    waitingFor,
    traceIds: latched?.traceIds ?? [],
    ...(latched !== null && { rollback: latched.rollback }),
    window: bySide(windows),
    plan: planViewOf(snapshot),
    probe: bySide(probes),
    automation: automationOf(snapshot),
    declared: {
      stable: declared.stable,
      candidate: declared.candidate,
      weight: weightsOf(declared.share).candidate,
      plan: stepsOf(declared.plan),
    },
    configuration: {
      successful: reload.successful,
      since: isoOf(reload.succeededAtMs),
      triedAt: isoOf(reload.triedAtMs),
      mistakes: reload.mistakes,
    },
    ...(splitSuspicion !== null && { splitSuspicion }),
    recording: recordingOf(recording),
  };
}

function planViewOf({ rollout, pace }: Snapshot): PlanView {
  const step = rollout.phase === 'shifting' || rollout.phase === 'paused' ? rollout.step : null;
  return { steps: stepsOf(planOf(rollout)), step, ...pace };
}

const stepsOf = (plan: Plan): StepView[] =>
  plan.map(({ share, holdMs, gate }) => ({
    weight: weightsOf(share).candidate,
    holdMs,
    ...(gate !== null && { gate }),
  }));

function automationOf({ rollout: { automation } }: Snapshot): StatusView['automation'] {
  const { state, reason } = automation;
  return { enabled: state === 'on', frozen: state === 'frozen', ...(reason !== '' && { reason }) };
}

/** The answer of `GET /v1/releases`, oldest first. */
export interface ReleasesView {
  readonly releases: readonly (Release & { readonly status: ReleaseStatus; readonly since: string })[];
}

export function releasesOf({ rollout }: Snapshot): ReleasesView {
  return {
    releases: rollout.releases.map(({ release, status, atMs }) => ({ ...release, status, since: isoOf(atMs) })),
  };
}

/** The newest events first, at most `limit` of them. */
export function historyOf(
  events: readonly RolloutEvent[],
  limit: number,
): { readonly events: readonly RolloutEvent[] } {
  return { events: events.toSorted((a, b) => b.seq - a.seq).slice(0, limit) };
}

function recordingOf(recording: Recording): StatusView['recording'] {
  if (recording.writable) return { writable: true };
  return { writable: false, error: recording.error, since: isoOf(recording.sinceMs) };
}

const isoOf = (wallMs: number): string => new Date(wallMs).toISOString();
