import type { WindowSummary } from './status.ts';
import type { Side } from './upstream.ts';

/** Of the document that members agree on: it is later when the epoch is, or within one epoch the `seq`. */
export interface DocumentVersion {
  readonly epoch: number;
  readonly seq: number;
}

/** Somebody who is present in a fleet. */
export interface FleetMember {
  readonly member: string;
  /** The document it follows. */
  readonly version: DocumentVersion;
  /** Since the store last heard of it. */
  readonly ageMs: number;
  /** Whether it has gone back to stable by itself. */
  readonly withdrawn: boolean;
}

/** What status, page and gauges tell of a member and its fleet. */
export interface FleetStatus {
  readonly member: string;
  /** False when two flushes have been missed. */
  readonly connected: boolean;
  readonly members: number;
  /** Members that have gone back to stable by themselves, in this life of the candidate. */
  readonly withdrawn: number;
  /** Since the store's last answer; null before the first. */
  readonly syncAgeMs: number | null;
  /** The document that is followed here. */
  readonly version: DocumentVersion;
  /** The document that stood in the store at its last answer. */
  readonly storeVersion: DocumentVersion;
  /** Events that wait for the store. */
  readonly pending: number;
  /** Whether this member reads the fleet's window and judges it. */
  readonly leads: boolean;
  /** The fleet's window, where it is read. */
  readonly window: Readonly<Record<Side, WindowSummary>> | null;
  /** Why nothing may rise; null when it may. */
  readonly obstacle: string | null;
  /** Why this member alone has gone back to stable; null when it has not. */
  readonly withdrawnHere: string | null;
  /** Why the limits cannot be kept in time at this size; null when they can. */
  readonly warning: string | null;
}

/** The same, as one look at everything has it. */
export interface FleetLook extends FleetStatus {
  /** Wall clock: since when it is connected, or is not. */
  readonly sinceMs: number;
  /** At most fifty who are present, those first that stand apart; costs a question to the store now and then. */
  readonly roster: readonly FleetMember[];
}
