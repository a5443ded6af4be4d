import type { Guards } from './guards.ts';
import type { Advance, Promotion } from './plan.ts';
import type { FleetLook } from './fleet.ts';
import type { Rollout } from './rollout.ts';
import type { Share } from './split.ts';
import type { Side } from './upstream.ts';
import type { Prospect, Verdict } from './verdict.ts';

/** What one side's window holds now. */
export interface WindowSummary {
  readonly requests: number;
  readonly errors: number;
  /** 0..1; null without a request. */
  readonly errorRatio: number | null;
  /** To the response head; null without a request. */
  readonly p95Ms: number | null;
}

/** Whether the journal can be written. While it cannot, the candidate's share may only fall. */
export type Recording =
  | { readonly writable: true }
  | { readonly writable: false; readonly error: string; readonly sinceMs: number };

/** What the probe of one side says; null where none is sent. */
export interface ProbeSummary {
  /** Whether as many of the last probes passed as must. */
  readonly up: boolean;
  /** Failures among the last `of`. */
  readonly failures: number;
  readonly of: number;
  /** Passes in a row, up to now. */
  readonly passes: number;
  /** Of the last probe: what came, for a person. */
  readonly last: string;
}

/** Where a plan stands and what it waits for. */
export interface Pace {
  readonly advance: Advance;
  readonly promote: Promotion;
  /** On the present step, or baking; 0 elsewhere. */
  readonly heldMs: number;
  /** For a person; '' when it waits for nothing. */
  readonly waitingFor: string;
}

/** The last try to read the configuration file again. */
export interface Reload {
  readonly successful: boolean;
  /** Wall clock of the last success. */
  readonly succeededAtMs: number;
  /** Wall clock of the last try. */
  readonly triedAtMs: number;
  /** What was wrong; empty after a success. */
  readonly mistakes: readonly string[];
}

/** One look at everything: what status, page and gauges are made from. */
export interface Snapshot {
  readonly service: string;
  readonly rollout: Rollout;
  /** The share in force; below the rollout's while a raise is not yet on disk. */
  readonly share: Share;
  readonly verdict: Verdict;
  /** What an inconclusive verdict waits for; null when there is none. */
  readonly waitingFor: Prospect | null;
  /** Why the requests do not seem to be split as intended; null as long as they do. */
  readonly splitSuspicion: string | null;
  readonly windows: Readonly<Record<Side, WindowSummary>>;
  /** The limits in force. */
  readonly guards: Guards;
  readonly probes: Readonly<Record<Side, ProbeSummary | null>>;
  readonly pace: Pace;
  readonly reload: Reload;
  readonly recording: Recording;
  /** Null for a sidecar that judges for itself. */
  readonly fleet: FleetLook | null;
}
