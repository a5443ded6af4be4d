import type { Rollout, Sides } from '../model/rollout.ts';
import { shareOf, sidesOf } from '../model/rollout.ts';
import type { Share } from '../model/split.ts';
import { FULL_SHARE } from '../model/split.ts';
import type { Journal } from './journal.ts';

/**
 * The cell that holds the rollout, and which split follows from it: the share in force is the lesser of what the rollout
 * asks for and what is recorded, and of what may be in force here at all. A fall needs nobody's leave, a raise waits
 * until it is on disk, and no case needs a flag of its own.
 */
export interface InForce {
  rollout(): Rollout;
  /** The candidate's share in force. */
  share(): Share;
  /** The same, whatever the cap is here alone. */
  recordedShare(): Share;
  /** This is what is asked for from now on; the split stays as it is until it is published. */
  put(rollout: Rollout): void;
  /** Puts the split in force that follows from what is known now. */
  publish(): void;
  /** Looks at what is on disk by now, and publishes if something has come to be there. */
  confirm(): void;
  /** Publishes what was replayed; but nothing of it while the journal cannot be written. */
  resume(): void;
}

export interface InForceParts {
  /** As replayed from the journal. */
  readonly rollout: Rollout;
  /** Of it, what may be in force: absent for all; of a fleet's journal only what was agreed on. */
  readonly recorded?: Rollout;
  readonly journal: Journal;
  /** Puts a split in force; must not throw, must not wait. */
  publish(sides: Sides, share: Share): void;
  /** The most that the candidate may get here, whatever the rollout says; absent where nothing limits it. */
  cap?(): Share;
}

export function createInForce(parts: InForceParts): InForce {
  const { journal } = parts;
  let { rollout } = parts;
  /** The last rollout that is on disk. */
  let recorded = parts.recorded ?? rollout;
  /** Resuming waits until the journal can be written. */
  let isHeld = false;

  function recordedShare(): Share {
    if (isHeld) return 0;
    const isSameCandidate = sidesOf(recorded).candidate?.version === sidesOf(rollout).candidate?.version;
    return isSameCandidate ? Math.min(shareOf(rollout), shareOf(recorded)) : 0;
  }

  const share = (): Share => Math.min(recordedShare(), parts.cap?.() ?? FULL_SHARE);
  const publish = (): void => parts.publish(sidesOf(rollout), share());

  return {
    rollout: () => rollout,
    share,
    recordedShare,
    put(next) {
      rollout = next;
    },
    publish,
    confirm() {
      const isFreed = isHeld && journal.recording().writable;
      const isRecorded = recorded !== rollout && journal.recordedSeq() >= rollout.seq;
      if (isFreed) isHeld = false;
      if (isRecorded) recorded = rollout;
      if (isFreed || isRecorded) publish();
    },
    resume() {
      isHeld = !journal.recording().writable;
      publish();
    },
  };
}
