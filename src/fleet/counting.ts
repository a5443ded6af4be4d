import type { Observed } from '../health/observed.ts';
import type { Guards } from '../model/guards.ts';
import type { Share } from '../model/split.ts';
import type { Side } from '../model/upstream.ts';
import { slotMsOf } from '../health/window.ts';
import type { Destination } from './outbox.ts';
import { createOutbox, NO_STEP } from './outbox.ts';
import { reportedUntilMs } from './scale.ts';
import { createSlotClock } from './slots.ts';
import type { Batch, FlushReply, Lives, Seen, StepDelta } from './store.ts';
import { areWorse, createSumsRing, pooledOf } from './sums.ts';

/** Both directions of the counts: what this member has for the fleet, and what the fleet has together. */
export interface Counting {
  /** Of what is counted alike: members of another fingerprint are summed apart. */
  readonly fingerprint: string;
  /** Of the store's ring. */
  readonly slots: number;
  /** What to send with a flush; null for nothing. */
  batch(own: Observed, nowMs: number, to: Pick<Destination, 'lives' | 'share'>, isRetracted: boolean): Batch | null;
  /** Whether what is sent leaves nothing of the candidate in the sums. */
  hasRetracted(): boolean;
  /** What has been read of these lives' sums. */
  seen(lives: Lives): Seen;
  replied(reply: FlushReply, lives: Lives | null, trip: Trip): void;
  /** The fleet's window and step, as last read. */
  pooled(lives: Lives): Observed;
  /**
   * Whether the sums showed a candidate beyond its limits of late. Then everybody who reads speaks soon, failures or not,
   * for a verdict reaches no further than to where all have reported.
   */
  isSuspicious(nowMs: number): boolean;
  restart(side: Side): void;
  beginStep(share: Share): void;
  /** Batches are numbered anew from now on, in another series. */
  startOver(): void;
}

/** Of a flush and its reply; monotonic. */
export interface Trip {
  readonly sentMs: number;
  readonly receivedMs: number;
  readonly periodMs: number;
}

const SUSPICIOUS_PERIODS = 2;

/** Of the candidate, in the window. */
export function failuresIn({ candidate }: Observed): number {
  const { errors, slow } = candidate.slots();
  let failures = 0;
  for (let slot = 0; slot < errors.length; slot++) failures += errors[slot]! + slow[slot]!;
  return failures;
}

export function createCounting({ windowMs, p95Ms, errorsRatio }: Guards): Counting {
  const slotMs = slotMsOf(windowMs);
  const length = Math.max(1, Math.ceil(windowMs / slotMs));
  const clock = createSlotClock(slotMs);
  const outbox = createOutbox(length);
  const rings = { stable: createSumsRing(length), candidate: createSumsRing(length) };
  let read: Lives = { stable: '', candidate: '', step: '' };
  let generation = '';
  let step: StepDelta = NO_STEP;
  /** The last slot that all have reported. */
  let newest = 0;
  let suspiciousUntilMs = 0;

  function follow(lives: Lives): void {
    for (const side of ['stable', 'candidate'] as const) if (read[side] !== lives[side]) rings[side].clear();
    if (read.step !== lives.step) step = NO_STEP;
    read = lives;
  }

  const windowOf = ({ stable, candidate, step: known }: Observed, nowMs: number) => ({
    newest: Math.floor(nowMs / slotMs),
    stable: stable.slots(),
    candidate: candidate.slots(),
    step: known(),
  });

  return {
    fingerprint: `${windowMs}-${p95Ms ?? 'none'}`,
    slots: length,
    batch(own, nowMs, to, isRetracted) {
      const shift = clock.shift();
      return shift === null ? null : outbox.compose({ ...windowOf(own, nowMs), isRetracted }, { ...to, shift });
    },
    hasRetracted: outbox.hasRetracted,
    seen(lives) {
      follow(lives);
      return { stable: rings.stable.seen(), candidate: rings.candidate.seen() };
    },
    replied(reply, lives, { sentMs, receivedMs, periodMs }) {
      clock.follow(reply.storeMs, sentMs, receivedMs);
      outbox.acknowledge(reply.acknowledged, reply.generation);
      if (generation !== reply.generation) {
        // The sums were lost: what was read of them is read anew.
        generation = reply.generation;
        follow({ stable: '', candidate: '', step: '' });
        return;
      }
      if (reply.sums === null || lives === null) return;
      follow(lives);
      for (const side of ['stable', 'candidate'] as const) {
        if (reply.sums[side].change < rings[side].seen()) rings[side].clear();
        else {
          const news = rings[side].take(reply.sums[side]);
          if (side === 'candidate' && areWorse(news, errorsRatio))
            suspiciousUntilMs = receivedMs + SUSPICIOUS_PERIODS * periodMs;
        }
      }
      ({ step } = reply.sums);
      // Slots of different members meet to within one.
      newest = Math.floor(reportedUntilMs(reply.storeMs, reply.oldestMs, periodMs) / slotMs) - 1;
    },
    pooled(lives) {
      follow(lives);
      return pooledOf({
        stable: rings.stable.window(newest),
        candidate: rings.candidate.window(newest),
        slotMs,
        step,
        p95Ms: { stable: null, candidate: null },
        p95LimitMs: p95Ms,
      });
    },
    isSuspicious: (nowMs) => nowMs < suspiciousUntilMs,
    restart: outbox.restart,
    beginStep: outbox.beginStep,
    startOver: outbox.startOver,
  };
}
