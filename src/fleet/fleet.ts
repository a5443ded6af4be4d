import type { Observed } from '../health/observed.ts';
import { recordOf } from '../health/record.ts';
import { slotMsOf } from '../health/window.ts';
import type { RolloutEvent } from '../model/event.ts';
import type { FleetStatus } from '../model/fleet.ts';
import type { Guards, JudgedWindow } from '../model/guards.ts';
import type { Declaration } from '../model/rollout.ts';
import type { Share } from '../model/split.ts';
import { FULL_SHARE } from '../model/split.ts';
import type { Side } from '../model/upstream.ts';
import type { Prospect, Verdict } from '../model/verdict.ts';
import { NO_VERDICT } from '../model/verdict.ts';
import type { Clock } from '../support/clock.ts';
import { messageOf } from '../support/message.ts';
import type { Random } from '../support/random.ts';
import { createSeceding } from './corroborate.ts';
import type { Counting } from './counting.ts';
import { createCounting, failuresIn } from './counting.ts';
import type { Judging } from './judging.ts';
import { createJudging } from './judging.ts';
import type { FleetJournal, LocalJournal } from './journal.ts';
import { isLeftBehind } from './document.ts';
import { createFleetJournal } from './journal.ts';
import { createKnowing } from './knowing.ts';
import { createMember } from './member.ts';
import { rankOf, tooLargeFor } from './scale.ts';
import { statusOf } from './status.ts';
import type { FleetStore, Flush, Latency, RosterEntry } from './store.ts';
import { createWithdrawal } from './withdraw.ts';

/**
 * One member of a fleet: joins what is agreed on, what is counted and what is judged with the store that all share. It
 * is called every beat and decides itself when it speaks. Traffic never waits for it, and while the store is away it goes
 * on with what it knows: the share may fall, by its own evidence too, and does not rise.
 */
export interface Fleet {
  /** In place of this sidecar's own. */
  readonly journal: FleetJournal;
  /** Resolves when the store has been asked once: true when a document stands there, which is adopted then. */
  join(): Promise<boolean>;
  /** Whether the file declares what this fleet has gone on from. */
  isLeftBehind(declaration: Declaration): boolean;
  /** Called every beat; monotonic time. */
  beat(nowMs: number): void;
  /** The fleet's verdict where this member judges; else an inconclusive one, because others do. */
  judge(nowMs: number): Verdict;
  evidenceAt(nowMs: number): JudgedWindow;
  /** What the fleet's verdict waits for; null where others judge. */
  prospect(nowMs: number): Prospect | null;
  /** Whether this member paces the plan: one that cannot judge does not. */
  leads(): boolean;
  /** The most that the candidate may get here. */
  cap(): Share;
  /** By hand, this member alone goes back to stable until the candidate's next life. */
  lowerHere(reason: string): void;
  /** A side's window has been emptied. */
  restart(side: Side): void;
  /** Another share is in force here. */
  beginStep(share: Share): void;
  /** The guards have changed. */
  refocus(guards: Guards): void;
  status(nowMs: number): FleetStatus;
  roster(): Promise<readonly RosterEntry[]>;
  /** Of the guards that this member counts by. */
  fingerprint(): string;
  close(): Promise<void>;
}

export interface FleetParts {
  readonly service: string;
  readonly name: string;
  readonly flushMs: number;
  readonly guards: Guards;
  readonly store: FleetStore;
  readonly local: LocalJournal;
  /** The local journal's events, oldest first. */
  readonly remembered: readonly RolloutEvent[];
  readonly clock: Clock;
  readonly random: Random;
  readonly newId: () => string;
  /** What is wrong with an event that another member wrote; null when nothing is. */
  mistakeOf(event: unknown): string | null;
  /** What this member has seen itself. */
  observed(nowMs: number): Observed;
  /** Of this member's own windows, for whoever looks at the fleet. */
  latency(nowMs: number): Latency;
  /** The cap has changed. */
  recap(): void;
  /** This member alone has gone back to stable; must not wait. */
  tellWithdrawn(reason: string): void;
}

export function createFleet(parts: FleetParts): Fleet {
  const { service, name, flushMs, store, clock, observed } = parts;
  let guards = parts.guards;
  const incarnation = parts.newId();
  let series = incarnation;
  const member = createMember(flushMs, parts.random);
  const knowing = createKnowing(parts.remembered, parts.mistakeOf);
  const { life, share: agreedShare } = knowing;
  const withdrawal = createWithdrawal();
  const nowMs = clock.monotonicMs;
  const journal = createFleetJournal({ local: parts.local, store, member, knowing, name, incarnation, nowMs });
  let counting: Counting = createCounting(guards);
  let judging: Judging = createJudging(guards);
  let isFlushing = false;
  let isClosed = false;
  let answeredMs = nowMs();
  let failuresSent = 0;
  const seceding = createSeceding();

  store.follow((text) => knowing.found(text));

  function nextFlush(atMs: number): Flush {
    const lives = knowing.document()?.lives ?? null;
    const batch = lives === null || knowing.pending().length > 0 ? null : batchOf(lives, atMs);
    return {
      incarnation,
      series,
      member: name,
      rank: rankOf(service, incarnation),
      expiryMs: member.expiryMs(),
      knows: knowing.version(),
      remembers: knowing.isRemembered(),
      fingerprint: counting.fingerprint,
      slots: counting.slots,
      // Together with its counts' departure: what others see beside the vote must be their own.
      withdrawn: withdrawal.reasonIn(life()) !== null && counting.hasRetracted(),
      batch,
      reads: lives !== null && member.reads() ? { lives, seen: counting.seen(lives) } : null,
      latency: parts.latency(atMs),
      life: life(),
    };
  }

  const batchOf = (lives: NonNullable<Flush['reads']>['lives'], atMs: number) =>
    counting.batch(observed(atMs), atMs, { lives, share: agreedShare() }, withdrawal.reasonIn(life()) !== null);

  async function flush(sentMs: number): Promise<boolean> {
    isFlushing = true;
    member.sent(sentMs);
    startOverAfterSilence(sentMs);
    const counted = counting;
    try {
      const asked = nextFlush(sentMs);
      const reply = await store.flush(asked);
      answeredMs = nowMs();
      member.replied(reply, answeredMs, asked.life);
      const trip = { sentMs, receivedMs: answeredMs, periodMs: member.periodMs() };
      counted.replied(reply, asked.reads?.lives ?? null, trip);
      judging.renew();
      if (reply.document !== null) knowing.found(reply.document);
      knowing.standsAt(reply.version);
      seceding.note(life(), member.withdrawn(life()), answeredMs);
      return true;
    } catch (error) {
      member.failed(nowMs(), messageOf(error));
      return false;
    } finally {
      isFlushing = false;
    }
  }

  /** The store may have forgotten who this is; but then all that it had acknowledged has left the window. */
  function startOverAfterSilence(atMs: number): void {
    if (atMs - answeredMs < Math.max(guards.windowMs, FORGOTTEN_MS)) return;
    answeredMs = atMs;
    series = parts.newId();
    counting.startOver();
  }

  function withdraw(reason: string): void {
    if (life() === '' || withdrawal.reasonIn(life()) !== null) return;
    withdrawal.withdraw(life(), reason);
    parts.recap();
    parts.tellWithdrawn(reason);
  }

  const pooled = (): Observed | null => {
    const document = knowing.document();
    return document === null ? null : counting.pooled(document.lives);
  };
  const leads = (): boolean => member.isReached() && member.reads();

  return {
    journal,
    join: async () => (await flush(nowMs())) && member.standing(nowMs()).version.seq > 0,
    isLeftBehind(declaration) {
      const document = knowing.document();
      return document !== null && isLeftBehind(document, declaration);
    },
    beat(atMs) {
      if (isClosed) return;
      const own = observed(atMs);
      const failures = failuresIn(own);
      const { members } = member.standing(atMs);
      // Alone it is the fleet, whose judge decides for it; but without the store nobody else does.
      if (agreedShare() > 0 && (members > 1 || !member.isReached())) {
        const reason = judging.own(own, members);
        if (reason !== null) withdraw(reason);
      }
      if (isFlushing || !member.isDue(atMs, failures > failuresSent || counting.isSuspicious(atMs))) return;
      failuresSent = failures;
      void flush(atMs);
    },
    judge(atMs) {
      const seen = leads() ? pooled() : null;
      if (seen === null) return NO_VERDICT;
      const withdrawn = member.withdrawn(life()) ?? 0;
      const { members } = member.standing(atMs);
      return judging.fleet(seen, { life: life(), withdrawn, members, sinceMs: seceding.sinceMs(life(), atMs) });
    },
    evidenceAt: (atMs) =>
      judging.record(life()) ?? recordOf(guards, slotMsOf(guards.windowMs), pooled() ?? observed(atMs)),
    prospect() {
      const seen = leads() ? pooled() : null;
      return seen === null ? null : judging.prospect(seen);
    },
    leads,
    cap: () => (withdrawal.reasonIn(life()) === null ? FULL_SHARE : 0),
    lowerHere: withdraw,
    restart: (side) => counting.restart(side),
    beginStep: (share) => counting.beginStep(share),
    refocus(next) {
      if (next.windowMs !== guards.windowMs || next.p95Ms !== guards.p95Ms) {
        counting = createCounting(next);
        counting.beginStep(agreedShare());
        series = parts.newId();
      }
      guards = next;
      judging = createJudging(next);
    },
    status: (atMs) =>
      statusOf({ name, knowing, member, seen: leads() ? pooled() : null }, atMs, {
        leads: leads(),
        withdrawnHere: withdrawal.reasonIn(life()),
        warning: tooLargeFor(guards.windowMs, flushMs, member.standing(atMs).members),
      }),
    roster: () => store.roster(),
    fingerprint: () => counting.fingerprint,
    async close() {
      isClosed = true;
      await journal.close();
      await store.close(incarnation, life()).catch(() => {});
    },
  };
}

/** No longer than the store remembers a member's last batch. */
const FORGOTTEN_MS = 30 * 60_000;
