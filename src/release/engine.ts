import { withProbe } from '../health/probe.ts';
import type { ProbeSettings } from '../health/prober.ts';
import { createProber } from '../health/prober.ts';
import type { Command } from '../model/command.ts';
import type { JudgedWindow } from '../model/guards.ts';
import type { Policy } from '../model/policy.ts';
import type { Release } from '../model/release.ts';
import type { Rollout } from '../model/rollout.ts';
import { shareOf, sidesOf } from '../model/rollout.ts';
import type { Pace, ProbeSummary } from '../model/status.ts';
import type { Side } from '../model/upstream.ts';
import type { Verdict } from '../model/verdict.ts';
import { call } from '../support/call.ts';
import type { Random } from '../support/random.ts';
import { createAsk } from './ask.ts';
import type { Control, ControlParts } from './control.ts';
import { createControl } from './control.ts';
import { createRollbackFollower } from './follow.ts';
import { createHeartbeat } from './heartbeat.ts';
import { createPacer } from './pace.ts';

/**
 * The control plane: joins what decides and remembers with what it asks of the outside. Each beat looks in this order:
 * how the upstreams say they are, what the guards say, what the plan wants, what the journal still owes, and how far a
 * rollback has come.
 */
export interface Engine {
  readonly control: Control;
  /** A person's command, checked before it is obeyed. */
  ask: Control['ask'];
  /** Monotonic time. */
  beat(nowMs: number): Promise<void>;
  verdict(): Verdict;
  probes(): Readonly<Record<Side, ProbeSummary | null>>;
  pace(nowMs: number): Pace;
}

export interface EngineParts extends ControlParts {
  readonly random: Random;
  policy(): Policy;
  /** Null while upstreams are not probed. */
  probe(): ProbeSettings | null;
  /** The traffic's verdict on the candidate's side. */
  judge(nowMs: number): Verdict;
  traceIdsOf(verdict: Verdict): readonly string[];
  /** What the verdict of this moment was made from. */
  evidenceAt(nowMs: number): JudgedWindow;
  /** Whether this sidecar judges, and so paces the plan; of a large fleet only some do. Absent where it always does. */
  leads?(): boolean;
  /** Requests under way on the candidate's side, and tunnels that are to end. */
  inFlight(): number;
  /** A probed upstream has gone down or come up again; must not wait. */
  tellProbe(side: Side, release: Release, summary: ProbeSummary): void;
}

const GATE_WITHIN_MS = 5000;

export function createEngine(parts: EngineParts): Engine {
  const { clock, random, journal, service } = parts;
  const control = createControl({
    ...parts,
    restartWindow(side) {
      prober.restart(side);
      parts.restartWindow(side);
    },
  });
  const { rollout, share, take } = control;
  const prober = createProber({
    settings: parts.probe,
    upstreams: () => probedIn(rollout()),
    clock,
    random,
    tell: parts.tellProbe,
  });
  const obstacle = (): string | null => {
    if (!journal.recording().writable) return 'a state directory that can be written';
    return (journal.obstacle?.() ?? null) === null ? prober.obstacle() : 'agreement with the fleet';
  };

  async function askGate(url: string): Promise<string | null> {
    const { stable, candidate } = sidesOf(rollout());
    const body = { service, phase: rollout().phase, stable: stable.version, candidate: candidate?.version ?? null };
    const { status, text } = await call({ method: 'POST', url, timeoutMs: GATE_WITHIN_MS, body });
    return status === 200 ? null : text;
  }

  const { isChecked, check } = prober;
  const leads = (): boolean => parts.leads?.() ?? true;
  const pacer = createPacer({
    rollout,
    share,
    policy: parts.policy,
    obstacle: () => (leads() ? obstacle() : 'the members of the fleet that judge'),
    isChecked,
    askGate,
    take,
  });
  const heartbeat = createHeartbeat({
    rollout,
    take,
    judge: (nowMs) => withProbe(parts.judge(nowMs), prober.reason()),
    traceIdsOf: parts.traceIdsOf,
    evidenceAt: parts.evidenceAt,
    proceed: pacer.beat,
  });
  const follower = createRollbackFollower({
    rollout,
    share,
    inFlight: parts.inFlight,
    nowMs: clock.wallMs,
    take,
    isOwn: (transactionId) => journal.isOwn?.(transactionId) ?? true,
  });
  const verdictAgainst = (): string | null =>
    heartbeat.verdict().kind === 'unhealthy' ? 'a verdict that is not unhealthy' : obstacle();
  const ask: (command: Command) => ReturnType<Control['ask']> = createAsk({
    control,
    check,
    obstacle: verdictAgainst,
    askGate,
  });

  return {
    control,
    ask,
    async beat(nowMs) {
      // The guards first: nothing else of a beat may keep them from acting.
      const acted = Promise.all([heartbeat.tick(nowMs), control.tend(), follower.beat()]);
      prober.beat(nowMs);
      await acted;
    },
    verdict: heartbeat.verdict,
    probes: () => ({ stable: prober.summary('stable'), candidate: prober.summary('candidate') }),
    pace: pacer.look,
  };
}

/** Stable always; the candidate's side while it gets traffic or waits for some. Who was taken out is left alone. */
function probedIn(rollout: Rollout): Readonly<Record<Side, Release | null>> {
  const { stable, candidate } = sidesOf(rollout);
  const isWaiting = rollout.phase === 'idle' && rollout.pending !== null;
  return { stable, candidate: shareOf(rollout) > 0 || isWaiting ? candidate : null };
}
