import type { Config } from '../config/schema.ts';
import type { Lens } from '../health/lens.ts';
import type { RolloutEvent } from '../model/event.ts';
import type { FleetLook } from '../model/fleet.ts';
import type { Guards } from '../model/guards.ts';
import type { Declaration, Rollout } from '../model/rollout.ts';
import type { Share } from '../model/split.ts';
import { CANDIDATE, STABLE } from '../model/upstream.ts';
import type { Side, SideIndex } from '../model/upstream.ts';
import type { Prospect } from '../model/verdict.ts';
import type { EngineParts } from '../release/engine.ts';
import { fold } from '../release/fold.ts';
import type { Opened } from '../release/journal.ts';
import type { Clock } from '../support/clock.ts';
import type { Random } from '../support/random.ts';
import type { Log } from '../tell/log.ts';

/**
 * Whether a sidecar remembers and judges for itself or together with others: what is written to, what is judged, and
 * what may be in force. The composition root joins either in the same way.
 */
export interface Membership {
  /** As replayed from the journal. */
  readonly rollout: Rollout;
  /** What the control plane takes from here. */
  readonly control: Pick<EngineParts, 'journal' | 'judge' | 'evidenceAt' | 'recorded' | 'cap' | 'leads'>;
  prospect(nowMs: number): Prospect | null;
  restartWindow(side: Side): void;
  /** Another share is in force. */
  beginStep(share: Share): void;
  refocus(guards: Guards): void;
  /** Asks the others once where the rollout stands. */
  join(declaration: Declaration): Promise<Joined>;
  /** Called every beat, before anything is judged; monotonic. */
  beat(nowMs: number): void;
  /** Takes the candidate out here and nowhere else; null where there is nobody else. */
  readonly lowerHere: ((reason: string) => void) | null;
  /** Whether the event happened here: what everybody sees is told to the outside, and counted, by one. */
  isOurs(event: RolloutEvent): boolean;
  look(): FleetLook | null;
  /** Writes the end and leaves. */
  close(): Promise<void>;
  /** Leaves no trace, because Weir never came to serve. */
  abandon(): Promise<void>;
}

export interface Joined {
  /** Whether they know. */
  readonly isJoined: boolean;
  /** Whether they have gone on from what the file here declares. */
  readonly isLeftBehind: boolean;
}

export interface MembershipParts {
  readonly config: Config;
  readonly opened: Opened;
  /** Before the first event. */
  readonly blank: Rollout;
  readonly lens: Lens;
  readonly clock: Clock;
  readonly random: Random;
  readonly newId: () => string;
  readonly log: Log;
  /** The most that may be in force here has changed. */
  recap(): void;
}

/** What is only needed by a fleet is only loaded for one. */
export async function openMembership(parts: MembershipParts): Promise<Membership> {
  const { fleet } = parts.config;
  if (fleet === null) return alone(parts);
  const { memberOf } = await import('./fleet.ts');
  return memberOf(fleet, parts);
}

function alone({ opened, blank, lens, clock }: MembershipParts): Membership {
  const { journal } = opened;
  return {
    rollout: opened.events.reduce(fold, blank),
    control: { journal, judge: lens.judge, evidenceAt: lens.evidenceAt },
    prospect: lens.prospect,
    restartWindow: (side) => lens.restart(indexOf(side)),
    beginStep: () => lens.beginStep(CANDIDATE, clock.monotonicMs()),
    refocus: lens.refocus,
    join: async () => ({ isJoined: false, isLeftBehind: false }),
    beat: () => {},
    lowerHere: null,
    // What a journal has from the time in a fleet was counted there.
    isOurs: ({ fleet }) => fleet === undefined,
    look: () => null,
    close: () => journal.close(),
    abandon: () => journal.abandon(),
  };
}

export const indexOf = (side: Side): SideIndex => (side === 'stable' ? STABLE : CANDIDATE);
