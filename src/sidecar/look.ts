import type { Lens } from '../health/lens.ts';
import type { SplitCheck } from '../health/split-check.ts';
import type { Guards } from '../model/guards.ts';
import type { Reload, Snapshot } from '../model/status.ts';
import { CANDIDATE, STABLE } from '../model/upstream.ts';
import type { Engine } from '../release/engine.ts';
import type { Journal } from '../release/journal.ts';
import type { Clock } from '../support/clock.ts';
import type { Membership } from './membership.ts';

export interface LookParts {
  readonly service: string;
  readonly clock: Clock;
  readonly engine: Engine;
  readonly lens: Lens;
  readonly splitCheck: SplitCheck;
  readonly journal: Pick<Journal, 'recording'>;
  readonly membership: Pick<Membership, 'look' | 'prospect'>;
  readonly reloads: { read(): Reload };
  /** The limits in force. */
  readonly guards: () => Guards;
}

/** One look at every stage at one moment: what status, page, feed and gauges are made from. */
export function createLook(parts: LookParts): () => Snapshot {
  const { service, clock, engine, lens, splitCheck, journal, membership, reloads, guards } = parts;
  const { control } = engine;
  return () => {
    const nowMs = clock.monotonicMs();
    const verdict = engine.verdict();
    const isWaiting = verdict.kind === 'inconclusive' && verdict.reasons.length > 0;
    return {
      service,
      rollout: control.rollout(),
      share: control.share(),
      verdict,
      // Costs more than all the rest, and not everybody reads it.
      get waitingFor() {
        return isWaiting ? membership.prospect(nowMs) : null;
      },
      splitSuspicion: splitCheck.suspicion(),
      windows: { stable: lens.summaryOf(STABLE, nowMs), candidate: lens.summaryOf(CANDIDATE, nowMs) },
      guards: guards(),
      probes: engine.probes(),
      pace: engine.pace(nowMs),
      reload: reloads.read(),
      recording: journal.recording(),
      fleet: membership.look(),
    };
  };
}
