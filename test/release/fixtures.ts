import type { RolloutEvent } from '../../src/model/event.ts';
import type { Plan } from '../../src/model/plan.ts';
import type { Policy } from '../../src/model/policy.ts';
import type { JudgedWindow } from '../../src/model/guards.ts';
import type { Declaration, Rollout } from '../../src/model/rollout.ts';
import type { Verdict } from '../../src/model/verdict.ts';
import type { Clock } from '../../src/support/clock.ts';
import type { Input } from '../../src/release/act.ts';
import type { Circumstances } from '../../src/release/change.ts';
import { act } from '../../src/release/act.ts';
import { blankRollout } from '../../src/release/fold.ts';

export const STABLE_RELEASE = { version: 'v1.2.3', url: 'http://127.0.0.1:3000' };
export const CANDIDATE_RELEASE = { version: 'v1.3.0', url: 'http://127.0.0.1:3001' };
export const DECLARATION: Declaration = { stable: STABLE_RELEASE, candidate: CANDIDATE_RELEASE, share: 500, plan: [] };

export const PLAN: Plan = [
  { share: 500, holdMs: 10_000, gate: null },
  { share: 2500, holdMs: 20_000, gate: null },
  { share: 10_000, holdMs: 30_000, gate: null },
];

export const NOW_MS = Date.UTC(2026, 10, 20, 12);
export const POLICY: Policy = {
  advance: 'time',
  promote: 'manual',
  bakeMs: 60_000,
  allowForce: false,
  keepReleases: 5,
  breaker: { rollbacks: 2, withinMs: 3_600_000 },
  checksDeclared: false,
};
export const CIRCUMSTANCES: Circumstances = { service: 'checkout', nowMs: NOW_MS, transactionId: 't1', policy: POLICY };

export const UNHEALTHY: Verdict = {
  kind: 'unhealthy',
  reasons: [
    {
      measure: 'errors',
      measured: 0.072,
      relation: '>',
      limit: 0.005,
      samples: 500,
      text: 'candidate failures 7.2 % > 0.5 %',
    },
    { measure: 'p95', measured: 120, relation: '<=', limit: 300, samples: 500, text: 'candidate P95 120 ms <= 300 ms' },
  ],
};

const row = { requests: '3', errors: '3', timed: '3', slow: '0' };
/** What a verdict may rest on. */
export const EVIDENCE: JudgedWindow = {
  guards: {
    windowMs: 1000,
    errorsRatio: 0.01,
    p95Ms: null,
    rule: 'evidence',
    minRequests: 20,
    falseRollbackMs: 3_600_000,
    worseThanStable: null,
  },
  slotMs: 100,
  candidate: row,
  stable: row,
};

/** A clock that stands still until it is moved. */
export function stillClock(nowMs = NOW_MS): Clock & { advance(ms: number): void } {
  let elapsedMs = 0;
  return {
    monotonicMs: () => elapsedMs,
    wallMs: () => nowMs + elapsedMs,
    advance: (ms) => {
      elapsedMs += ms;
    },
  };
}

/** Applies inputs in turn; a refused one throws. */
export function acted(
  inputs: readonly Input[],
  from?: Rollout,
  circumstances: Circumstances = CIRCUMSTANCES,
): { rollout: Rollout; events: RolloutEvent[] } {
  let rollout = from ?? blankRollout(DECLARATION, NOW_MS);
  const events: RolloutEvent[] = [];
  for (const input of inputs) {
    const result = act(rollout, input, circumstances);
    if ('refusal' in result) throw new Error(result.refusal.message);
    rollout = result.rollout;
    events.push(...result.events);
  }
  return { rollout, events };
}

export const DECLARE: Input = { kind: 'declare', declaration: DECLARATION, lapsed: false };
export const SHIFTING = acted([DECLARE]).rollout;
export const ROLLED_BACK = acted([DECLARE, { kind: 'verdict', verdict: UNHEALTHY, traceIds: ['abc'] }]).rollout;
