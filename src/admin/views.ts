import type { RolloutEvent } from '../model/event.ts';
import type { FleetLook } from '../model/fleet.ts';
import type { Identity } from '../model/identity.ts';
import type { Plan } from '../model/plan.ts';
import { planOf, shareOf } from '../model/rollout.ts';
import { FULL_SHARE, weightsOf } from '../model/split.ts';
import type { Share } from '../model/split.ts';
import type { Recording, Snapshot } from '../model/status.ts';
import type { Side } from '../model/upstream.ts';
import type {
  FleetView,
  HistoryView,
  PlanView,
  ReleasesView,
  StatusView,
  StepView,
  WhoamiView,
} from '../model/view.ts';

export function statusOf(snapshot: Snapshot): StatusView {
  const { service, rollout, share, verdict, waitingFor, splitSuspicion, windows, guards } = snapshot;
  const { probes, reload, recording, fleet } = snapshot;
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
    guards,
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
    fleet: fleet === null ? null : fleetOf(fleet, bySide),
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

export function releasesOf({ rollout }: Snapshot): ReleasesView {
  return {
    releases: rollout.releases.map(({ release, status, atMs, reason }) => {
      return { ...release, status, since: isoOf(atMs), ...(reason !== undefined && { reason }) };
    }),
  };
}

/** Whom Weir takes the client for. */
export function whoamiOf({ name, role, authentication }: Identity): WhoamiView {
  return { name, role, authentication };
}

/** The newest events first, at most `limit` of them. */
export function historyOf(events: readonly RolloutEvent[], limit: number): HistoryView {
  return { events: events.slice(-limit).toReversed() };
}

function fleetOf(look: FleetLook, bySide: <T>(sides: Readonly<Record<Side, T>>) => Record<Side, T>): FleetView {
  const { sinceMs, members: size, roster: members, window, ...rest } = look;
  return { ...rest, since: isoOf(sinceMs), size, members, window: window === null ? null : bySide(window) };
}

function recordingOf(recording: Recording): StatusView['recording'] {
  if (recording.writable) return { writable: true };
  return { writable: false, error: recording.error, since: isoOf(recording.sinceMs) };
}

const isoOf = (wallMs: number): string => new Date(wallMs).toISOString();
