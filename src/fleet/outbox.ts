import type { SlotCounts } from '../model/guards.ts';
import type { Share } from '../model/split.ts';
import type { Side } from '../model/upstream.ts';
import { createBaseline } from './baseline.ts';
import type { Batch, Lives, SlotDelta, StepDelta } from './store.ts';

/**
 * What this member has counted and the store does not know yet. A batch is frozen under its number and sent unchanged
 * until the store says that it has it, so that a reply that was lost counts nothing twice: the store adds each number of
 * an incarnation once. A store that has lost its sums says so by another generation; then nothing is acknowledged any
 * more, and the whole window is sent once again.
 */
export interface Outbox {
  /** The frozen batch, or a new one of all that is not acknowledged; null when that is nothing. */
  compose(own: OwnWindow, to: Destination): Batch | null;
  /** Whether nothing of the candidate is in the sums, once the last batch is; one that was frozen before still has it. */
  hasRetracted(): boolean;
  /** The store has applied batches of ours up to this number, and has its sums under this generation. */
  acknowledge(sequence: number, generation: string): void;
  /** A side's window has been emptied: what is in the store belongs to its former life, or stays in this one. */
  restart(side: Side): void;
  /** The share in force has changed, and with it the step that requests are counted for. */
  beginStep(share: Share): void;
  /** Whether all that was counted of slots in the window has left it since, so that numbers may begin anew. */
  startOver(): void;
}

/** The local window at one moment. */
export interface OwnWindow {
  /** Number of the present slot by our own clock; the last of both sides'. */
  readonly newest: number;
  readonly stable: SlotCounts;
  readonly candidate: SlotCounts;
  /** Since the share in force last changed. */
  readonly step: StepDelta;
  /** The candidate's counts are no longer to be part of the sums, as if there had been none. */
  readonly isRetracted: boolean;
}

/** The sums to add to. */
export interface Destination {
  readonly lives: Lives;
  /** The document's share: what is counted at another belongs to no step of it. */
  readonly share: Share;
  /** From our slot numbers to the store's. */
  readonly shift: number;
}

export const NO_STEP: StepDelta = { ended: 0, errors: 0, headed: 0, slow: 0 };

interface Frozen {
  readonly batch: Batch;
  /** Slots by our own clock; null for a side that has begun anew since. */
  stable: readonly SlotDelta[] | null;
  candidate: readonly SlotDelta[] | null;
  step: StepDelta | null;
}

export function createOutbox(length: number): Outbox {
  const none = Array.from({ length }, () => 0);
  const noCounts = { requests: none, errors: none, timed: none, slow: none };
  const stable = createBaseline(length);
  const candidate = createBaseline(length);
  let step = NO_STEP;
  let stepName = '';
  let stepShare: Share = 0;
  let generation = '';
  let sequence = 0;
  let frozen: Frozen | null = null;
  let hasRetracted = true;

  /** Counts since the step began go to its sum as long as the share in force is the document's. */
  function missingStep(own: OwnWindow, { lives, share }: Destination): StepDelta {
    if (!own.isRetracted && (share === 0 || share !== stepShare)) return NO_STEP;
    if (stepName !== lives.step) {
      stepName = lives.step;
      step = NO_STEP;
      if (frozen !== null) frozen.step = null;
    }
    return difference(own.isRetracted ? NO_STEP : own.step, step);
  }

  function forget(): void {
    stable.clear();
    candidate.clear();
    step = NO_STEP;
    frozen = null;
  }

  return {
    compose(own, to) {
      if (frozen !== null) return frozen.batch;
      hasRetracted = own.isRetracted;
      const deltas = {
        stable: stable.deltas(own.stable, own.newest),
        candidate: candidate.deltas(own.isRetracted ? noCounts : own.candidate, own.newest),
      };
      const stepDelta = missingStep(own, to);
      const isStill = Object.values(stepDelta).every((count) => count === 0);
      if (deltas.stable.length === 0 && deltas.candidate.length === 0 && isStill) return null;
      sequence++;
      const batch: Batch = {
        sequence,
        generation,
        lives: to.lives,
        stable: stable.numbered(deltas.stable, to.shift),
        candidate: candidate.numbered(deltas.candidate, to.shift),
        step: isStill ? null : stepDelta,
      };
      frozen = { batch, ...deltas, step: stepDelta };
      return batch;
    },
    hasRetracted: () => hasRetracted,
    acknowledge(applied, present) {
      const isForgotten = generation !== '' && present !== generation;
      const wasSent = frozen !== null && applied >= frozen.batch.sequence;
      // A store that is older than what it had acknowledged; the gap before the next number will tell it so.
      if (frozen === null && applied < sequence) forget();
      if (isForgotten) {
        if (frozen !== null && !wasSent) sequence--;
        forget();
      }
      // A batch without a generation was the whole window, and went into whatever sums there were.
      else if (frozen !== null && wasSent) {
        if (frozen.stable !== null) stable.acknowledge(frozen.stable);
        if (frozen.candidate !== null) candidate.acknowledge(frozen.candidate);
        if (frozen.step !== null) step = sum(step, frozen.step);
        frozen = null;
      }
      generation = present;
    },
    restart(side) {
      (side === 'stable' ? stable : candidate).clear();
      if (frozen !== null) frozen[side] = null;
      if (side === 'stable') return;
      step = NO_STEP;
      if (frozen !== null) frozen.step = null;
    },
    beginStep(share) {
      stepShare = share;
      stepName = '';
      step = NO_STEP;
      if (frozen !== null) frozen.step = null;
    },
    startOver() {
      sequence = 0;
      frozen = null;
    },
  };
}

const difference = (a: StepDelta, b: StepDelta): StepDelta => ({
  ended: a.ended - b.ended,
  errors: a.errors - b.errors,
  headed: a.headed - b.headed,
  slow: a.slow - b.slow,
});

export const sum = (a: StepDelta, b: StepDelta): StepDelta => ({
  ended: a.ended + b.ended,
  errors: a.errors + b.errors,
  headed: a.headed + b.headed,
  slow: a.slow + b.slow,
});
