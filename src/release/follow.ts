import type { Rollout } from '../model/rollout.ts';
import type { Share } from '../model/split.ts';
import { phraseMs } from '../health/phrase.ts';
import type { Input } from './act.ts';

/**
 * Follows a rollback to its end: the split is in force, what was under way on the candidate has ended, and a beat later
 * it is still so. Each is an event of the rollback's own transaction. Called every beat.
 */
export interface RollbackFollower {
  beat(): Promise<void>;
}

export interface FollowerParts {
  rollout(): Rollout;
  share(): Share;
  /** Requests under way on the candidate's side, those of a former life too, and tunnels that are to end. */
  inFlight(): number;
  /** Wall clock. */
  nowMs(): number;
  take(input: Input): Promise<void>;
  /** Whether the rollback was begun here: of a fleet, one sidecar follows it. */
  isOwn(transactionId: string): boolean;
}

export function createRollbackFollower(parts: FollowerParts): RollbackFollower {
  const { rollout, share, inFlight, nowMs, take } = parts;
  let isTaking = false;

  function due(): Input | null {
    const now = rollout();
    if (now.phase !== 'rolled-back' || share() > 0 || !parts.isOwn(now.rollback.transactionId)) return null;
    const { progress } = now.rollback;
    const took = phraseMs(Math.max(0, nowMs() - now.sinceMs));
    if (progress === 'detected')
      return { kind: 'progress', progress: 'split-published', reason: 'the split is in force' };
    if (inFlight() > 0) return null;
    if (progress === 'split-published') {
      const reason = `nothing is under way on the candidate any more, ${took} after the rollback`;
      return { kind: 'progress', progress: 'in-flight-drained', reason };
    }
    if (progress !== 'in-flight-drained') return null;
    return {
      kind: 'progress',
      progress: 'verified',
      reason: `the candidate is at 0 % and idle, ${took} after the rollback`,
    };
  }

  return {
    async beat() {
      const input = isTaking ? null : due();
      if (input === null) return;
      isTaking = true;
      try {
        await take(input);
      } finally {
        isTaking = false;
      }
    },
  };
}
