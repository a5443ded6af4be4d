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
  readonly recording: Recording;
}
