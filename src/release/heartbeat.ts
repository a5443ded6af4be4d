import type { JudgedWindow } from '../model/guards.ts';
import type { Rollout } from '../model/rollout.ts';
import type { Verdict } from '../model/verdict.ts';
import { NO_VERDICT } from '../model/verdict.ts';
import type { Input } from './act.ts';
import { isGuarded } from './plan.ts';
import { messageOf } from '../support/message.ts';

/**
 * The beat of the control plane: look at the window, judge it, act. Called every 100 ms by the
 * composition root and by tests with any `now` they like. A rollback beats everything else that is due in the
 * same beat: the plan is asked only when there is none.
 */
export interface Heartbeat {
  /** Monotonic time; resolves when what it led to is recorded and told. */
  tick(nowMs: number): Promise<void>;
  /** The last beat's verdict. */
  verdict(): Verdict;
}

export interface HeartbeatParts {
  rollout(): Rollout;
  take(input: Input): Promise<void>;
  judge(nowMs: number): Verdict;
  /** Trace ids of requests that spoke for this verdict. */
  traceIdsOf(verdict: Verdict): readonly string[];
  /** What the plan does next, when no guard is broken. */
  proceed(nowMs: number, verdict: Verdict): Promise<void>;
  /** What the verdict of this moment was made from. */
  evidenceAt(nowMs: number): JudgedWindow;
}

export const BEAT_MS = 100;

export function createHeartbeat(parts: HeartbeatParts): Heartbeat {
  let verdict: Verdict = NO_VERDICT;

  async function tick(nowMs: number): Promise<void> {
    if (isGuarded(parts.rollout())) {
      let condemned: Input | null = null;
      try {
        verdict = parts.judge(nowMs);
        if (verdict.kind === 'unhealthy') {
          const traceIds = parts.traceIdsOf(verdict);
          condemned = { kind: 'verdict', verdict, traceIds, evidence: parts.evidenceAt(nowMs) };
        }
      } catch (error) {
        verdict = NO_VERDICT;
        await parts.take({ kind: 'judge-failed', message: messageOf(error) });
        return;
      }
      if (condemned !== null) return parts.take(condemned);
    } else {
      verdict = NO_VERDICT;
    }
    await parts.proceed(nowMs, verdict);
  }

  return { tick, verdict: () => verdict };
}
