import type { Command, Refusal } from '../model/command.ts';
import type { RolloutEvent } from '../model/event.ts';
import type { Rollout } from '../model/rollout.ts';
import type { Policy } from '../model/policy.ts';
import type { Sides } from '../model/rollout.ts';
import { shareOf, sidesOf } from '../model/rollout.ts';
import type { Share } from '../model/split.ts';
import type { Side } from '../model/upstream.ts';
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
  /** Why the command would be refused now; null when it would not. Changes nothing. */
  refusalOf(command: Command): Refusal | null;
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

type Changed = Exclude<Acted, { readonly refusal: Refusal }>;

export interface ControlParts {
  readonly service: string;
  /** As replayed from the journal. */
  readonly rollout: Rollout;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly newId: () => string;
  /** The rules as the configuration has them now. */
  policy(): Policy;
  /** Puts a split in force; must not throw, must not wait. */
  publish(sides: Sides, share: Share): void;
  /** A release's life on a side begins anew: that side's window must be empty. */
  restartWindow(side: Side): void;
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
    const isSameCandidate = sidesOf(recorded).candidate?.version === sidesOf(rollout).candidate?.version;
    return isSameCandidate ? Math.min(shareOf(rollout), shareOf(recorded)) : 0;
  }

  function decide(input: Input): Acted {
    const circumstances = { service, nowMs: clock.wallMs(), transactionId: newId(), policy: parts.policy() };
    return act(rollout, input, circumstances);
  }

  const publish = (): void => parts.publish(sidesOf(rollout), share());

  /** Publishes, records, publishes again what only now may rise, tells. True when it is on disk. */
  async function effect(next: Rollout, events: readonly RolloutEvent[]): Promise<boolean> {
    if (events.length === 0) return true;
    for (const side of sidesBegunAnew(rollout, next)) parts.restartWindow(side);
    rollout = next;
    publish();
    const all = [...events, ...published()];
    const isRecorded = await journal.append(all);
    confirm();
    parts.tell(all);
    return isRecorded;
  }

  /** What a rollback's transaction says once the split is in force. */
  function published(): readonly RolloutEvent[] {
    if (rollout.phase !== 'rolled-back' || rollout.rollback.progress !== 'detected') return [];
    const reason = 'the split is in force: no new request goes to the candidate';
    const acted = decide({ kind: 'progress', progress: 'split-published', reason });
    if ('refusal' in acted) return [];
    rollout = acted.rollout;
    return acted.events;
  }

  function confirm(): void {
    const isFreed = isHeld && journal.recording().writable;
    const isRecorded = recorded !== rollout && journal.recordedSeq() >= rollout.seq;
    if (isFreed) isHeld = false;
    if (isRecorded) recorded = rollout;
    if (isFreed || isRecorded) publish();
  }

  function refusalOf(command: Command): Refusal | null {
    const acted = decide(command);
    return 'refusal' in acted ? acted.refusal : null;
  }

  async function ask(command: Command): ReturnType<Control['ask']> {
    const acted = decide(command);
    if ('refusal' in acted) return { ok: false, refusal: acted.refusal };
    const refusal = await change(acted);
    return refusal === null ? { ok: true } : { ok: false, refusal };
  }

  /** A raise that cannot be written is refused, and taken back if it fails only while being written. */
  async function change({ rollout: next, events }: Changed): Promise<Refusal | null> {
    const before = share();
    const former = rollout;
    const raises = events.length > 0 && raisesShare(rollout, next, before);
    if (raises && !journal.recording().writable) return unwritable(journal, before);
    const isRecorded = await effect(next, events);
    if (isRecorded || !raises) return null;
    const refusal = unwritable(journal, before);
    const isUnchanged = rollout === next;
    await take({ kind: 'withdraw-raise', share: share(), reason: refusal.message, ...(isUnchanged && { former }) });
    return refusal;
  }

  async function take(input: Input): Promise<void> {
    const acted = decide(input);
    if ('refusal' in acted) throw new Error(`an input of Weir's own was refused: ${acted.refusal.message}`);
    if (isPlanned(input)) await change(acted);
    else await effect(acted.rollout, acted.events);
  }

  async function resume(): Promise<void> {
    await journal.tend();
    isHeld = !journal.recording().writable;
    publish();
  }

  async function tend(): Promise<void> {
    await journal.tend();
    confirm();
  }

  return { ask, refusalOf, take, resume, tend, rollout: () => rollout, share };
}

function raisesShare(before: Rollout, after: Rollout, shareInForce: Share): boolean {
  if (sidesOf(before).candidate?.version !== sidesOf(after).candidate?.version) return shareOf(after) > 0;
  return shareOf(after) > shareInForce;
}

/** What the plan wants, unlike what the file declares, is not remembered as a wish when it cannot be written. */
function isPlanned({ kind }: Input): boolean {
  return kind === 'begin' || kind === 'planned-step' || kind === 'planned-promotion';
}

/** Another release, or the same candidate sent out again: what was seen before says nothing about this try. */
function sidesBegunAnew(before: Rollout, after: Rollout): readonly Side[] {
  const [was, is] = [sidesOf(before), sidesOf(after)];
  const isCandidateNew = was.candidate?.version !== is.candidate?.version;
  const isSentAgain = shareOf(before) === 0 && shareOf(after) > 0;
  return [
    ...(was.stable.version === is.stable.version ? [] : (['stable'] as const)),
    ...(isCandidateNew || isSentAgain ? (['candidate'] as const) : []),
  ];
}

function unwritable(journal: Journal, share: Share): Refusal {
  const recording = journal.recording();
  const cause = recording.writable ? 'it could not be written' : recording.error;
  const message = `the state directory cannot be written (${cause}), so the candidate's weight may only fall; it stays at ${share / 100} %`;
  return { code: 'state-not-writable', message };
}
