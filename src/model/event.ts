import type { JudgedWindow } from './guards.ts';
import type { Release } from './release.ts';
import type { Declaration, Phase } from './rollout.ts';
import type { Weights } from './split.ts';
import type { Reason } from './verdict.ts';

export const EVENT_TYPES = [
  'declared',
  'started',
  'weights-set',
  'rolled-back',
  'judge-failed',
  'raise-withdrawn',
  'resume-refused',
  'journal-set-aside',
] as const;

export type EventType = (typeof EVENT_TYPES)[number];

/**
 * One line of the journal. It carries the state it led to, so that the fold of the journal is plain
 * and a person can read any line alone.
 */
export interface RolloutEvent {
  /** 1, 2, 3 … without a gap; the revision of the state it led to. */
  readonly seq: number;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly type: EventType;
  /** `file`, `guard`, `weir`, or the name of the person. */
  readonly actor: string;
  /** Shared by all events that one cause led to. */
  readonly transactionId: string;
  readonly service: string;
  readonly phase: Phase;
  readonly stable: Release;
  readonly candidate: Release | null;
  /** Percent of requests. */
  readonly weights: { readonly before: Weights; readonly after: Weights };
  readonly reason: string;
  readonly reasons: readonly Reason[];
  readonly traceIds: readonly string[];
  /** What the judge looked at, so that its verdict can be recomputed; only where it took the candidate out. */
  readonly evidence?: JudgedWindow;
  /** Step of the plan; null when weights are set by hand. */
  readonly step: number | null;
  readonly declared: Declaration;
}
