import type { Random } from '../support/random.ts';
import { isSameVersion } from './document.ts';
import { expiryMsOf, isReader, jittered, periodMsOf, urgentMsOf } from './scale.ts';
import type { FlushReply, Version } from './store.ts';
import { NO_VERSION } from './store.ts';

/**
 * A member's standing with the store, from what its calls brought: when it speaks next, whether it is connected, and
 * whether it knows enough to have the candidate given more. Who has just come, or come back, may be facing a store that
 * has lost its memory, and those who remember get the first word: for three periods nothing rises on a newcomer's wish.
 */
export interface Member {
  /** Whether a flush is due; `isUrgent` when the candidate has failed here again. */
  isDue(nowMs: number, isUrgent: boolean): boolean;
  sent(nowMs: number): void;
  /** `life` is the candidate's that was asked about. */
  replied(reply: FlushReply, nowMs: number, life: string): void;
  /** A call has failed or was not answered in time; `reason` for people, null when there is none to tell. */
  failed(nowMs: number, reason: string | null): void;
  /** Whether the last call was answered. */
  isReached(): boolean;
  /** As people are told: two flushes have been missed. */
  isConnected(nowMs: number): boolean;
  /** Why nothing may rise on this member's wish; null when it may. */
  obstacle(nowMs: number): string | null;
  /** The epoch under which this member refills the store with what it knows; null when it does not. */
  refillEpoch(known: Version): number | null;
  /** Whether it reads the sums and judges them. */
  reads(): boolean;
  standing(nowMs: number): Standing;
  /** How many have gone back by themselves in this life; null as long as not all have had time to say so. */
  withdrawn(life: string): number | null;
  /** Until when the store may accept what is proposed now; its own clock. */
  untilMs(nowMs: number): number;
  periodMs(): number;
  expiryMs(): number;
}

export interface Standing {
  readonly members: number;
  /** Since the last answer; null before the first. */
  readonly syncAgeMs: number | null;
  /** What stands in the store, as far as is known. */
  readonly version: Version;
}

/** Periods without a word before others are told that there is no connection. */
const MISSED_PERIODS = 2;
/** Periods, and replies, before a newcomer's word counts. */
const SETTLING = 3;
/** Longer than any call is waited for, and no longer than a person waits for an answer. */
const PATIENCE_MS = 2000;
/** Periods in which whoever knows best may come forward before the store is refilled. */
const RECOVERY_PERIODS = 2;

export function createMember(flushMs: number, random: Random): Member {
  let reply: FlushReply | null = null;
  let repliedMs = Number.NEGATIVE_INFINITY;
  let isReached = false;
  /** Of the last call that failed. */
  let failure: string | null = null;
  let sinceMs = 0;
  let replies = 0;
  let sentMs = Number.NEGATIVE_INFINITY;
  let nextMs = Number.NEGATIVE_INFINITY;

  let life = '';
  /** As long as not all have had time to say that they are here, no fewer than were here before. */
  let members = 1;

  const periodMs = (): number => periodMsOf(flushMs, members);
  const isSettled = (nowMs: number): boolean => replies >= SETTLING && nowMs - sinceMs >= SETTLING * 0.9 * periodMs();

  const isAhead = ({ storeMs }: FlushReply, nowMs: number): boolean =>
    reply !== null && storeMs - reply.storeMs > nowMs - repliedMs + PATIENCE_MS;

  return {
    isDue: (nowMs, isUrgent) => nowMs >= nextMs || (isUrgent && isReached && nowMs >= sentMs + urgentMsOf(members)),
    sent(nowMs) {
      sentMs = nowMs;
      nextMs = nowMs + jittered(periodMs(), random());
    },
    replied(next, nowMs, asked) {
      // Where the sums are lost, so may be the list of who is here; and a clock that goes ahead makes everybody expire.
      if (!isReached || next.generation !== reply?.generation || isAhead(next, nowMs)) {
        sinceMs = nowMs;
        replies = 0;
      }
      isReached = true;
      replies++;
      reply = next;
      repliedMs = nowMs;
      life = asked;
      members = Math.max(1, next.members, isSettled(nowMs) ? 1 : members);
    },
    failed(nowMs, reason) {
      isReached = false;
      failure = reason;
      // A store that comes back is found soon, and one that does not is not asked more often than it would be.
      nextMs = Math.min(nextMs, nowMs + jittered(Math.min(flushMs, 1000), random()));
    },
    isReached: () => isReached,
    isConnected: (nowMs) => nowMs - repliedMs <= MISSED_PERIODS * periodMs() + flushMs,
    obstacle(nowMs) {
      if (!isReached || reply === null)
        return `the fleet's store does not answer${failure === null ? '' : `: ${failure}`}`;
      if (reply.recovery !== null) return "the fleet's store has lost its memory and is being refilled";
      return isSettled(nowMs) ? null : "this member has just joined the fleet's store";
    },
    refillEpoch(known) {
      if (!isReached || reply?.recovery == null) return null;
      const { best, sinceMs: lostMs } = reply.recovery;
      if (!isSameVersion(best, known) || reply.storeMs - lostMs < RECOVERY_PERIODS * periodMs()) return null;
      return Math.max(known.epoch, reply.version.epoch) + 1;
    },
    reads: () => reply !== null && isReader(members, reply.position),
    standing: (nowMs) => ({
      members,
      syncAgeMs: reply === null ? null : nowMs - repliedMs,
      version: reply?.version ?? NO_VERSION,
    }),
    withdrawn: (asked) => (asked === life && reply !== null && isSettled(repliedMs) ? reply.withdrawn : null),
    untilMs: (nowMs) => (reply === null ? 0 : reply.storeMs + nowMs - repliedMs + PATIENCE_MS),
    periodMs,
    expiryMs: () => expiryMsOf(periodMs()),
  };
}
