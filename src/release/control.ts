import type { Command, Refusal } from '../model/command.ts';
import type { RolloutEvent } from '../model/event.ts';
import type { Rollout } from '../model/rollout.ts';
import { shareOf } from '../model/rollout.ts';
import type { Share } from '../model/split.ts';
import type { Clock } from '../support/clock.ts';
import type { Acted, Input } from './act.ts';
import { act } from './act.ts';
import type { Journal } from './journal.ts';

/**
 * The cell that holds the rollout, and the order in which a change takes effect:
 *
 * - what lowers the candidate's share is published first, then recorded, then told: safety waits for no disk
 * - what raises it is recorded first and published once it is on disk, so that no crash and no full disk
 *   ever leaves a candidate with more traffic than the journal knows of
 *
 * Both follow from one rule: the share in force is the lesser of what the rollout asks for and what is recorded.
 */
export interface Control {
  /** Answers once the change is in force and told, or says why it is not. */
  ask(command: Command): Promise<{ readonly ok: true } | { readonly ok: false; readonly refusal: Refusal }>;
  /** An input of Weir's own (verdict, declaration); resolves when it is recorded and told. */
  take(input: Input): Promise<void>;
  /**
   * Puts in force what was replayed, once the declaration has been taken; but nothing of it while the journal cannot
   * be written, for then a rollback may have happened that could not be written either.
   */
  resume(): Promise<void>;
  /** Called every beat: brings into force what could be recorded only now. */
  tend(): Promise<void>;
  rollout(): Rollout;
  /** The candidate's share in force. */
  share(): Share;
}

export interface ControlParts {
  readonly service: string;
  /** As replayed from the journal. */
  readonly rollout: Rollout;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly newId: () => string;
  /** Puts a split in force; must not throw, must not wait. */
  publish(rollout: Rollout, share: Share): void;
  /** The candidate's life begins anew: its window must be empty. */
  restartWindow(): void;
  /** Must not throw, must not wait. */
  tell(events: readonly RolloutEvent[]): void;
}

export function createControl(parts: ControlParts): Control {
  const { journal, clock, newId, service } = parts;
  let rollout = parts.rollout;
  /** The last rollout that is on disk. */
  let recorded = parts.rollout;

  /** Resuming waits until the journal can be written. */
  let isHeld = false;

  function share(): Share {
    if (isHeld) return 0;
    const isSameCandidate = recorded.candidate?.version === rollout.candidate?.version;
    return isSameCandidate ? Math.min(shareOf(rollout), shareOf(recorded)) : 0;
  }

  function decide(input: Input): Acted {
    return act(rollout, input, { service, nowMs: clock.wallMs(), transactionId: newId() });
  }

  /** Publishes, records, publishes again what only now may rise, tells. True when it is on disk. */
  async function effect(next: Rollout, events: readonly RolloutEvent[]): Promise<boolean> {
    if (events.length === 0) return true;
    if (startsAfresh(rollout, next)) parts.restartWindow();
    rollout = next;
    parts.publish(rollout, share());
    const isRecorded = await journal.append(events);
    confirm();
    parts.tell(events);
    return isRecorded;
  }

  function confirm(): void {
    const isFreed = isHeld && journal.recording().writable;
    const isRecorded = recorded !== rollout && journal.recordedSeq() >= rollout.revision;
    if (isFreed) isHeld = false;
    if (isRecorded) recorded = rollout;
    if (isFreed || isRecorded) parts.publish(rollout, share());
  }

  async function ask(command: Command): ReturnType<Control['ask']> {
    const before = share();
    const acted = decide(command);
    if ('refusal' in acted) return { ok: false, refusal: acted.refusal };
    const raises = acted.events.length > 0 && raisesShare(rollout, acted.rollout, before);
    if (raises && !journal.recording().writable) return { ok: false, refusal: unwritable(journal, before) };
    const isRecorded = await effect(acted.rollout, acted.events);
    if (isRecorded || !raises) return { ok: true };
    const refusal = unwritable(journal, before);
    await take({ kind: 'withdraw-raise', share: share(), reason: refusal.message });
    return { ok: false, refusal };
  }

  async function take(input: Input): Promise<void> {
    const acted = decide(input);
    if ('refusal' in acted) throw new Error(`an input of Weir's own was refused: ${acted.refusal.message}`);
    await effect(acted.rollout, acted.events);
  }

  async function resume(): Promise<void> {
    await journal.tend();
    isHeld = !journal.recording().writable;
    parts.publish(rollout, share());
  }

  async function tend(): Promise<void> {
    await journal.tend();
    confirm();
  }

  return { ask, take, resume, tend, rollout: () => rollout, share };
}

function raisesShare(before: Rollout, after: Rollout, shareInForce: Share): boolean {
  if (before.candidate?.version !== after.candidate?.version) return shareOf(after) > 0;
  return shareOf(after) > shareInForce;
}

/** Another candidate, or the same one sent out again: what was seen before says nothing about this try. */
function startsAfresh(before: Rollout, after: Rollout): boolean {
  if (before.candidate?.version !== after.candidate?.version) return true;
  return shareOf(before) === 0 && shareOf(after) > 0;
}

function unwritable(journal: Journal, share: Share): Refusal {
  const recording = journal.recording();
  const cause = recording.writable ? 'it could not be written' : recording.error;
  const message = `the state directory cannot be written (${cause}), so the candidate's weight may only fall; it stays at ${share / 100} %`;
  return { code: 'state-not-writable', message };
}
