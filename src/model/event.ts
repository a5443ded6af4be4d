import type { Automation } from './automation.ts';
import type { JudgedWindow } from './guards.ts';
import type { OneTimeToken } from './identity.ts';
import type { Plan } from './plan.ts';
import type { RegisteredRelease, Release } from './release.ts';
import type { Declaration, Phase, Progress, Source, Standing } from './rollout.ts';
import type { Weights } from './split.ts';
import { shareOfPercent } from './split.ts';
import type { Reason } from './verdict.ts';

export const EVENT_TYPES = [
  'declared',
  'configured',
  'registered',
  'started',
  'advanced',
  'paused',
  'resumed',
  'promoted',
  'switched',
  'baked',
  'weights-set',
  'rolled-back',
  'rollback-progressed',
  'judge-failed',
  'automation-frozen',
  'automation-set',
  'raise-withdrawn',
  'resume-refused',
  'journal-set-aside',
  'token-spent',
] as const;

export type EventType = (typeof EVENT_TYPES)[number];

/** The form of a journal line; a line of a higher number was written by a later Weir. */
export const EVENT_FORMAT = 1;

/**
 * One line of the journal. It carries the whole state it led to, so that the fold of the journal is plain, a person
 * can read any line alone, and the journal can be compacted by leaving out its beginning.
 */
export interface RolloutEvent {
  /** 1, 2, 3 … without a gap; in a fleet's journal it may jump, for others write too. */
  readonly seq: number;
  readonly format: number;
  /** Stays the same where nothing changed but what is known. */
  readonly revision: number;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly type: EventType;
  /** `file`, `guard`, `plan`, `weir`, or the name of the person. */
  readonly actor: string;
  readonly source: Source;
  /** Shared by all events that one cause led to. */
  readonly transactionId: string;
  /** How far a rollback has come; null for every other event. */
  readonly progress: Progress | null;
  /** Whether a person overrode a check. */
  readonly forced: boolean;
  readonly service: string;
  readonly phase: Phase;
  readonly stable: Release;
  readonly candidate: Release | null;
  /** The former stable while a promotion bakes. */
  readonly former: Release | null;
  /** Of the two sides of the data path, in percent of requests. */
  readonly weights: { readonly before: Weights; readonly after: Weights };
  readonly reason: string;
  readonly reasons: readonly Reason[];
  readonly traceIds: readonly string[];
  /** What the judge looked at, so that its verdict can be recomputed; only where it took the candidate out. */
  readonly evidence?: JudgedWindow;
  /** Step of the plan; null when weights are set by hand. */
  readonly step: number | null;
  readonly plan: Plan;
  /** Whether a candidate at 0 % waits for its health check or gate. */
  readonly pending: boolean;
  readonly releases: readonly RegisteredRelease[];
  readonly automation: Automation;
  readonly declared: Declaration;
  /** One-time tokens that have been used, until they would have expired anyway; absent where there is none. */
  readonly spentTokens?: readonly OneTimeToken[];
  /** Where it was written; absent without a fleet. */
  readonly fleet?: {
    /** Grows when the fleet's store has lost its memory and is refilled. */
    readonly epoch: number;
    /** Who wrote it. */
    readonly member: string;
    /** Not agreed on when this line was written, because the store was away. */
    readonly kept?: boolean;
  };
}

const ASIDES: ReadonlySet<EventType> = new Set([
  'configured',
  'registered',
  'rollback-progressed',
  'automation-frozen',
  'automation-set',
  'token-spent',
]);

/** Whether an event says something beside the rollout: why it stands where it stands is still what it was. */
export const isAside = ({ type }: RolloutEvent): boolean => ASIDES.has(type);

/** Who stands where after an event, and with which share. */
export function standingAfter({ phase, stable, candidate, former, weights }: RolloutEvent): Standing {
  const sides = phase === 'promoted' ? { stable: former ?? stable, candidate: stable } : { stable, candidate };
  return { sides, share: shareOfPercent(weights.after.candidate) };
}
