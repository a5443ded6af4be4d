import type { RolloutEvent } from '../model/event.ts';
import type { Recording } from '../model/status.ts';
import type { Recalled } from './recall.ts';
import type { Appended, SharedJournal } from './shared.ts';

/** The memory of a rollout: one event a line, appended and fsynced. What cannot be written is kept, and told. */
export interface Journal extends Partial<SharedJournal> {
  /**
   * Writes all that waits plus these; true when everything is on disk. Conditional are those that must not be put on top
   * of what another has written first: `overtaken` is all that becomes of them then.
   */
  append(events: readonly RolloutEvent[], isConditional?: boolean): Promise<Appended>;
  /** Called every beat: tries again what could not be written, and now and then leaves a sign of life. */
  tend(): Promise<void>;
  /** `seq` of the last event that is on disk. */
  recordedSeq(): number;
  recording(): Recording;
  /** The newest events, oldest first; at most a thousand are kept in memory. */
  events(): readonly RolloutEvent[];
  writeFailures(): number;
  close(): Promise<void>;
  /** Closes and leaves no sign of life, because Weir never came to serve. */
  abandon(): Promise<void>;
}

/** What opening found. */
export interface Opened extends Pick<Recalled, 'events' | 'aliveMs' | 'cutBytes'> {
  readonly journal: Journal;
  /** Where a journal that is not believed was put, null when it was not even there, and what was wrong with it. */
  readonly setAside: { readonly path: string | null; readonly mistake: string } | null;
}
