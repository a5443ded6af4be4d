import type { RolloutEvent } from '../model/event.ts';
import type { Release } from '../model/release.ts';
import { shareOf } from '../model/rollout.ts';
import type { Phase } from '../model/rollout.ts';
import type { Weights } from '../model/split.ts';
import { weightsOf } from '../model/split.ts';
import type { Recording, Snapshot, WindowSummary } from '../model/status.ts';
import type { Side } from '../model/upstream.ts';
import type { Prospect, Verdict } from '../model/verdict.ts';

/** The answer of `GET /v1/status` and of every change. */
export interface StatusView {
  readonly service: string;
  readonly phase: Phase;
  /** What `If-Match` is compared with. */
  readonly revision: number;
  /** When the phase was entered; ISO 8601, UTC. */
  readonly since: string;
  readonly reason: string;
  readonly stable: Release;
  readonly candidate: Release | null;
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
  readonly window: Readonly<Record<Side, WindowSummary>>;
  readonly automation: { readonly enabled: boolean; readonly frozen: boolean };
  /** The requests contradict the split in force; absent as long as they do not. */
  readonly splitSuspicion?: string;
  readonly recording: { readonly writable: boolean; readonly error?: string; readonly since?: string };
}

export function statusOf(snapshot: Snapshot): StatusView {
  const { service, rollout, share, verdict, waitingFor, splitSuspicion, windows, recording } = snapshot;
  const latched = rollout.phase === 'rolled-back' ? rollout : null;
  return {
    service,
    phase: rollout.phase,
    revision: rollout.revision,
    since: isoOf(rollout.sinceMs),
    reason: rollout.reason,
    stable: rollout.stable,
    candidate: rollout.candidate,
    weights: weightsOf(share),
    ...(share !== shareOf(rollout) && { rolloutWeights: weightsOf(shareOf(rollout)) }),
    verdict: latched !== null && latched.reasons.length > 0 ? { kind: 'unhealthy', reasons: latched.reasons } : verdict,
    waitingFor,
    traceIds: latched?.traceIds ?? [],
    window: { stable: windows.stable, candidate: windows.candidate },
    automation: { enabled: true, frozen: false },
    ...(splitSuspicion !== null && { splitSuspicion }),
    recording: recordingOf(recording),
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
