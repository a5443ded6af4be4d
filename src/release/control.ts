import type { Agreed } from '../model/agreement.ts';
import type { Command, Refusal } from '../model/command.ts';
import type { RolloutEvent } from '../model/event.ts';
import type { Rollout } from '../model/rollout.ts';
import type { Policy } from '../model/policy.ts';
import { shareOf, sidesBegunAnew, standingOf } from '../model/rollout.ts';
import type { Share } from '../model/split.ts';
import type { Side } from '../model/upstream.ts';
import type { Clock } from '../support/clock.ts';
import type { Acted, Input } from './act.ts';
import { act } from './act.ts';
import { refuse } from './change.ts';
import { fold } from './fold.ts';
import type { InForceParts } from './in-force.ts';
import { createInForce } from './in-force.ts';
import { isLowering, isPlanned, raisesShare, unwritable } from './raise.ts';
import type { Appended } from './shared.ts';

/**
 * The order in which a change of the rollout takes effect:
 *
 * - what lowers the candidate's share is published first, then recorded, then told: safety waits for no disk
 * - what raises it is recorded first and published once it is on disk, so that no crash and no full disk
 *   ever leaves a candidate with more traffic than the journal knows of
 *
 * Both follow from the one rule of `in-force.ts`.
 *
 * Where the journal is shared by a fleet, others write too. What they wrote is adopted by the same rule, and an input
 * whose event came second is decided again on what stands now.
 */
export interface Control {
  /** Answers once the change is in force and told, or says why it is not. */
  ask(command: Command): Promise<{ readonly ok: true } | { readonly ok: false; readonly refusal: Refusal }>;
  /** Why the command would be refused now; null when it would not. Changes nothing. */
  refusalOf(command: Command): Refusal | null;
  /**
   * Uses up the one-time token that the command brings, if any; once per token, however many ask at once. It is on
   * disk before the command may be carried out, unless the command only lowers: safety waits for no disk.
   */
  spend(command: Command): Promise<Refusal | null>;
  /** An input of Weir's own (verdict, declaration); resolves when it is recorded and told. */
  take(input: Input): Promise<void>;
  /**
   * Puts in force what was replayed, once the declaration has been taken; but nothing of it while the journal cannot
   * be written, for then a rollback may have happened that could not be written either.
   */
  resume(): Promise<void>;
  /** Called every beat: brings into force what could be recorded only now. */
  tend(): Promise<void>;
  /** The cap (`InForceParts.cap`) has changed. */
  recap(): void;
  rollout(): Rollout;
  /** The candidate's share in force. */
  share(): Share;
}

type Changed = Exclude<Acted, { readonly refusal: Refusal }>;

/** How often one input is decided while others keep writing first. */
const MOST_TRIES = 5;

export interface ControlParts extends InForceParts {
  readonly service: string;
  readonly clock: Clock;
  readonly newId: () => string;
  /** The rules as the configuration has them now. */
  policy(): Policy;
  /** A release's life on a side begins anew: that side's window must be empty. */
  restartWindow(side: Side): void;
  /** Must not throw, must not wait. */
  tell(events: readonly RolloutEvent[]): void;
}

export function createControl(parts: ControlParts): Control {
  const { journal, clock, newId, service } = parts;
  const inForce = createInForce(parts);
  const { rollout, recordedShare, publish, confirm } = inForce;

  function decideOn(from: Rollout, input: Input): Acted {
    const circumstances = { service, nowMs: clock.wallMs(), transactionId: newId(), policy: parts.policy() };
    return act(from, input, circumstances);
  }

  const decide = (input: Input): Acted => decideOn(rollout(), input);

  /** Publishes, records, publishes again what only now may rise, tells. True when it is on disk. */
  async function effect({ rollout: next, events }: Changed, isConditional = false): Promise<Appended> {
    if (events.length === 0) return true;
    for (const side of sidesBegunAnew(standingOf(rollout()), standingOf(next))) parts.restartWindow(side);
    inForce.put(next);
    publish();
    const all = [...events, ...published()];
    const appended = await journal.append(all, isConditional);
    if (appended === 'overtaken') return appended;
    confirm();
    parts.tell(all);
    return appended;
  }

  /** What a rollback's transaction says once the split is in force. */
  function published(): readonly RolloutEvent[] {
    const now = rollout();
    if (now.phase !== 'rolled-back' || now.rollback.progress !== 'detected') return [];
    const reason = 'the split is in force: no new request goes to the candidate';
    const acted = decide({ kind: 'progress', progress: 'split-published', reason });
    if ('refusal' in acted) return [];
    inForce.put(acted.rollout);
    return acted.events;
  }

  /** Others have written: their state, and on top of it at once what only this sidecar knows against a candidate. */
  function adopt({ events: written, reason, begunAnew, again }: Agreed): void {
    for (const side of begunAnew) parts.restartWindow(side);
    const last = written.at(-1);
    const before = rollout();
    const isNews = last?.seq !== before.seq || last.transactionId !== before.transactionId;
    let next: Rollout = { ...written.reduce(fold, before), reason };
    inForce.put(next);
    const events: RolloutEvent[] = [];
    for (const input of again) {
      const acted = decideOn(next, input);
      if ('events' in acted) events.push(...acted.events);
      if ('rollout' in acted) next = acted.rollout;
    }
    // What fails of it is decided again by whoever has adopted the next state.
    if (events.length > 0) void effect({ rollout: next, events });
    else publish();
    if (isNews) parts.tell(written);
  }

  function refusalOf(command: Command): Refusal | null {
    const acted = decide(command);
    return 'refusal' in acted ? acted.refusal : obstacleTo(acted);
  }

  /** Where nothing can be agreed on, only a fall is obeyed; it will be agreed on later. */
  function obstacleTo({ rollout: next, events }: Changed): Refusal | null {
    const present = rollout();
    const falls = !raisesShare(present, next, shareOf(present)) && shareOf(next) < shareOf(present);
    return events.length === 0 || falls || next.phase === 'rolled-back' ? null : (journal.obstacle?.() ?? null);
  }

  async function ask(command: Command): ReturnType<Control['ask']> {
    const isConditional = command.expectedRevision !== undefined;
    const refusal = await attempt(command, (acted) => change(acted, isConditional));
    return refusal === null ? { ok: true } : { ok: false, refusal };
  }

  /** Where another wrote first, the same input is decided again on what stands now; a plan waits for its next beat. */
  async function attempt(input: Input, put: (acted: Changed) => Promise<Refusal | Appended>): Promise<Refusal | null> {
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const acted = decide(input);
      if ('refusal' in acted) return acted.refusal;
      const ending = await put(acted);
      if (ending !== 'overtaken') return typeof ending === 'boolean' ? null : ending;
      if (isPlanned(input)) return null;
    }
    return refuse('wrong-phase', `the rollout changed ${MOST_TRIES} times while this was decided: ask again`);
  }

  async function spend(command: Command): Promise<Refusal | null> {
    const { spends: token, actor, kind } = command;
    if (token === undefined) return null;
    const acted = decide(command);
    if ('refusal' in acted) return acted.refusal;
    const before = recordedShare();
    const lowers = isLowering(kind) && shareOf(acted.rollout) <= before;
    if (!lowers && !journal.recording().writable) return unwritable(journal, before);
    const obstacle = lowers ? null : (journal.obstacle?.() ?? null);
    if (obstacle !== null) return obstacle;
    const input = { kind: 'spend-token', token, actor, reason: `spent on ${kind}` } as const;
    const spent = decide(input);
    if ('refusal' in spent) return spent.refusal;
    const recording = attempt(input, async (spending) => (await effect(spending, true)) || unwritable(journal, before));
    // Its line stands before the command's in the journal, so no crash leaves a change without the token it cost.
    return lowers ? null : recording;
  }

  /** A raise that cannot be written is refused, and taken back if it fails only while being written. */
  async function change(acted: Changed, isConditional = false): Promise<Refusal | Appended> {
    const { rollout: next, events } = acted;
    const before = recordedShare();
    const former = rollout();
    const raises = events.length > 0 && raisesShare(former, next, before);
    if (raises && !journal.recording().writable) return unwritable(journal, before);
    const obstacle = obstacleTo(acted);
    if (obstacle !== null) return obstacle;
    const appended = await effect(acted, isConditional);
    if (appended === 'overtaken' || appended || !raises) return appended;
    const refusal = journal.obstacle?.() ?? unwritable(journal, before);
    const isUnchanged = rollout() === next;
    await take({
      kind: 'withdraw-raise',
      share: recordedShare(),
      reason: refusal.message,
      ...(isUnchanged && { former }),
    });
    return refusal;
  }

  async function take(input: Input): Promise<void> {
    const refusal = await attempt(input, isPlanned(input) ? change : effect);
    if (refusal !== null && !isPlanned(input)) {
      throw new Error(`an input of Weir's own was refused: ${refusal.message}`);
    }
  }

  async function resume(): Promise<void> {
    await journal.tend();
    inForce.resume();
  }

  journal.follow?.(adopt);

  async function tend(): Promise<void> {
    await journal.tend();
    confirm();
  }

  return { ask, refusalOf, spend, take, resume, tend, recap: publish, rollout, share: inForce.share };
}
