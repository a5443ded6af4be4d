import type { LatencyGroups } from '../health/latency-groups.ts';
import type { Side } from '../model/upstream.ts';

/**
 * What a fleet needs of a store that all its members share: one document with compare-and-set, sums that add up, and
 * word of a new document. Behind it stands Redis (`redis/`), in tests a model with the same semantics.
 *
 * The store decides nothing about releases. It orders what members propose, adds what they counted, keeps the one clock
 * by which slots are numbered, and remembers who was there. Every call rejects when the store cannot be asked or does not
 * answer in time; whether a call that was rejected took effect is unknown, and each call is made so that asking again
 * does no harm: a batch of counts is added once, and a document is set only where the expected one stands.
 */
export interface FleetStore {
  /** A member's round trip: I am here, this I know, this I counted; and back, what I do not know. */
  flush(flush: Flush): Promise<FlushReply>;
  /** Sets the document and appends the events, if the expected version is the one that stands. */
  propose(proposal: Proposal): Promise<Proposed>;
  /** From now on calls for each new document's text. Notifications may be lost: the next flush heals that. */
  follow(hear: (text: string) => void): void;
  /** Everybody who is present, for people. */
  roster(): Promise<readonly RosterEntry[]>;
  /** Leaves the fleet and takes back its vote in this life, so that nobody waits for either to expire, and closes every connection. */
  close(incarnation: string, life: string): Promise<void>;
}

export interface RosterEntry {
  readonly member: string;
  readonly incarnation: string;
  /** The document it follows. */
  readonly version: Version;
  /** Since its last flush. */
  readonly ageMs: number;
  /** Whether it has gone back to stable by itself. */
  readonly withdrawn: boolean;
  /** Of its guards: latencies of another one are grouped otherwise. */
  readonly fingerprint: string;
  /** Of its window, for display. */
  readonly latency: Latency;
}

export type Latency = Readonly<Record<Side, LatencyGroups>>;

/**
 * Of a document: the epoch, which grows when a store that lost its memory is refilled, and the last event's `seq`. The
 * tag, from that event's transaction, tells apart what two forks called by the same numbers.
 */
export interface Version {
  readonly epoch: number;
  readonly seq: number;
  readonly tag: string;
}

/** Of nothing: no document. */
export const NO_VERSION: Version = { epoch: 0, seq: 0, tag: '' };

/** The names of the sums that counts belong to: a side's life, and the step of the rollout. */
export interface Lives {
  readonly stable: string;
  readonly candidate: string;
  readonly step: string;
}

/** A difference of one slot's counts; may be negative, for what a request turns out to be is known only later. */
export interface SlotDelta {
  /** By the store's clock. */
  readonly slot: number;
  readonly requests: number;
  readonly errors: number;
  readonly timed: number;
  readonly slow: number;
}

/** Requests whose answer is known, since the step began; as a difference, or as a sum. */
export interface StepDelta {
  readonly ended: number;
  readonly errors: number;
  readonly headed: number;
  readonly slow: number;
}

/**
 * What a member has counted since its last acknowledged batch. Frozen under its number and sent unchanged until it is
 * acknowledged; the store adds each number once.
 */
export interface Batch {
  /** 1, 2, 3 … of its series. */
  readonly sequence: number;
  /** The sums that the member's acknowledged counts are in; '' when it has none acknowledged. */
  readonly generation: string;
  readonly lives: Lives;
  readonly stable: readonly SlotDelta[];
  readonly candidate: readonly SlotDelta[];
  readonly step: StepDelta | null;
}

/** Which changes of the sums a reader has already seen; 0 for none. */
export interface Seen {
  readonly stable: number;
  readonly candidate: number;
}

export interface Flush {
  /** Drawn at random by each process, so that two that share a name are still two. */
  readonly incarnation: string;
  /** Of the batches' numbers, which begin anew in another one; the incarnation's alone. */
  readonly series: string;
  /** For people. */
  readonly member: string;
  /** Decides who reads the sums in a large fleet: the lowest do. */
  readonly rank: number;
  /** How long the member counts as present without another flush. */
  readonly expiryMs: number;
  /** The last document it agreed to; the reply brings the store's own when that is another. */
  readonly knows: Version;
  /** It has that document from its journal, which does not remember all of it: the reply is to bring it whole. */
  readonly remembers: boolean;
  /** Of the guards: members that count differently are summed apart. */
  readonly fingerprint: string;
  /** Of the ring of sums. */
  readonly slots: number;
  /** Whether this member alone has gone back to stable in this life of the candidate. */
  readonly withdrawn: boolean;
  /** Null before a document is known, or with nothing to add. */
  readonly batch: Batch | null;
  /** The sums to read; null when none. */
  readonly reads: { readonly lives: Lives; readonly seen: Seen } | null;
  /** Of the member's window, kept beside its name for whoever looks: replaced each time, so that nothing counts twice. */
  readonly latency: Latency;
  /** The life that `withdrawn` speaks of; '' without a document. */
  readonly life: string;
}

/** What has changed in one side's ring since the reader last looked. */
export interface SideSums {
  /** The number of the last change; to be given as seen. */
  readonly change: number;
  readonly slots: readonly SlotDelta[];
}

export interface FlushReply {
  /** The store's clock, by which slots are numbered. */
  readonly storeMs: number;
  /** What stands; NO_VERSION where nothing does. */
  readonly version: Version;
  /** Its text, when the member does not know all of this version; else null. */
  readonly document: string | null;
  /** Of the sums. Another one than before: they were lost, and everybody sends its whole window once more. */
  readonly generation: string;
  /** The last batch of this series that is in the sums; 0 for none. */
  readonly acknowledged: number;
  readonly members: number;
  /** When the one of them that has been silent for longest last flushed; the store's clock. */
  readonly oldestMs: number;
  /** This member's position among all, by rank; 0 is the lowest. */
  readonly position: number;
  /** How many members have gone back to stable by themselves in the life asked about. */
  readonly withdrawn: number;
  /** While the store stands behind what members know: the best version offered, and since when (store's clock). */
  readonly recovery: { readonly best: Version; readonly sinceMs: number } | null;
  readonly sums: {
    readonly stable: SideSums;
    readonly candidate: SideSums;
    readonly step: StepDelta;
  } | null;
}

export interface Proposal {
  readonly incarnation: string;
  /** What the proposal was decided on; NO_VERSION to found the first document. */
  readonly expected: Version;
  readonly version: Version;
  /** The whole document. */
  readonly text: string;
  /** One text for each event, oldest first; none when a lost document is put back. */
  readonly events: readonly string[];
  /** Whether the candidate may get more by it: never while the store stands behind what members know. */
  readonly raises: boolean;
  /** A raise that comes later than this is not accepted, for its proposer has given it up; the store's clock. */
  readonly untilMs: number;
}

/**
 * - `accepted`: it stands, and everybody will hear of it
 * - `conflict`: something else stands; its text, null where nothing does
 * - `recovering`: the store has lost its memory and nothing may rise until it has been refilled
 * - `late`: it would have raised a share, and its time is over
 */
export type Proposed =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'conflict'; readonly document: string | null }
  | { readonly kind: 'recovering' | 'late' };
