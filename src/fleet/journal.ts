import type { Agreed } from '../model/agreement.ts';
import type { Refusal } from '../model/command.ts';
import type { RolloutEvent } from '../model/event.ts';
import { standingAfter } from '../model/event.ts';
import type { Recording } from '../model/status.ts';
import type { Knowing } from './knowing.ts';
import { documentAfter, refilled, versionOf } from './document.ts';
import { messageOf } from '../support/message.ts';
import type { Member } from './member.ts';
import type { FleetStore, Proposed } from './store.ts';
import { NO_VERSION } from './store.ts';

/**
 * The journal of a fleet: the same events, agreed on in the store and then written down here.
 *
 * An append is a compare-and-set of the store's document, decided on the version that is known here. It is recorded when
 * the store has accepted it and the local journal has it on disk, which is this sidecar's memory for a start without the
 * store. Somebody else's document is adopted, whoever brings it, and overtakes whatever was decided on the former one.
 * What happens while the store cannot be asked, falls above all, waits in order and is proposed when it can.
 */
export interface FleetJournal extends LocalJournal {
  append(events: readonly RolloutEvent[], isConditional?: boolean): Promise<boolean | 'overtaken'>;
  follow(adopt: (agreed: Agreed) => void): void;
  obstacle(): Refusal | null;
  isOwn(transactionId: string): boolean;
}

/** The journal of this sidecar alone. */
export interface LocalJournal {
  append(events: readonly RolloutEvent[]): Promise<boolean | 'overtaken'>;
  tend(): Promise<void>;
  recordedSeq(): number;
  recording(): Recording;
  events(): readonly RolloutEvent[];
  writeFailures(): number;
  close(): Promise<void>;
  abandon(): Promise<void>;
}

export interface FleetJournalParts {
  readonly local: LocalJournal;
  readonly store: FleetStore;
  readonly member: Member;
  readonly knowing: Knowing;
  readonly name: string;
  readonly incarnation: string;
  /** Monotonic. */
  nowMs(): number;
}

const OWN_KEPT = 64;

export function createFleetJournal(parts: FleetJournalParts): FleetJournal {
  const { local, store, member, knowing, name, incarnation, nowMs } = parts;
  let turn: Promise<unknown> = Promise.resolve();
  let inTurn = 0;
  let handed = 0;
  let written = 0;
  const own: string[] = [];
  let isClosed = false;

  knowing.onAdopted((events) => void write(events));

  function takeTurn<T>(work: () => Promise<T>): Promise<T> {
    inTurn++;
    const mine = turn.then(work).finally(() => inTurn--);
    turn = mine.catch(() => {});
    return mine;
  }

  /** The local journal writes in order: when something is on disk, so is all that was handed to it before. */
  async function write(events: readonly RolloutEvent[]): Promise<boolean> {
    // News that come after the end would open the file again.
    if (isClosed) return false;
    const mine = ++handed;
    const isWritten = (await local.append(events)) === true;
    if (isWritten) written = Math.max(written, mine);
    return isWritten;
  }

  const stamped = (events: readonly RolloutEvent[], isKept: boolean): readonly RolloutEvent[] => {
    const epoch = knowing.document()?.epoch ?? 1;
    return events.map((event) => ({ ...event, fleet: { epoch, member: name, ...(isKept && { kept: true }) } }));
  };

  async function settle(events: readonly RolloutEvent[], basis: number): Promise<boolean | 'overtaken'> {
    const isCurrent = () => basis === knowing.basis();
    if (isCurrent() && !knowing.hasAgreed(events) && mayPush()) await push();
    const isAgreed = knowing.hasAgreed(events);
    // What was adopted since is on disk already, and tells of these too.
    if (!isCurrent()) return isAgreed || knowing.wasRestated(events) || 'overtaken';
    return (await write(stamped(events, !isAgreed))) && isAgreed;
  }

  function mayPush(): boolean {
    if (!member.isReached() || !knowing.isAgreeable()) return false;
    const isFirst = knowing.document() === null;
    return (!isFirst && !raises()) || member.obstacle(nowMs()) === null;
  }

  /** Whether what is pending gives a candidate more than the document does. */
  function raises(): boolean {
    const before = knowing.document()?.event;
    const after = knowing.pending().at(-1);
    if (after === undefined) return false;
    const is = standingAfter(after);
    if (before === undefined) return is.share > 0;
    const was = standingAfter(before);
    return was.sides.candidate?.version === is.sides.candidate?.version ? is.share > was.share : is.share > 0;
  }

  async function push(): Promise<void> {
    const events = stamped(knowing.pending(), false);
    if (events.length === 0) return;
    const before = knowing.document();
    const next = documentAfter(before, events);
    const proposed = await propose({
      incarnation,
      expected: before === null ? NO_VERSION : versionOf(before),
      version: versionOf(next),
      text: JSON.stringify(next),
      events: events.map((event) => JSON.stringify(event)),
      raises: raises(),
      untilMs: member.untilMs(nowMs()),
    });
    if (proposed?.kind === 'accepted') knowing.take(next);
  }

  /** Null when it cannot be known whether it was accepted. */
  async function propose(proposal: Parameters<FleetStore['propose']>[0]): Promise<Proposed | null> {
    try {
      const proposed = await store.propose(proposal);
      if (proposed.kind === 'conflict') {
        if (proposed.document === null) knowing.standsAt(NO_VERSION);
        else knowing.found(proposed.document);
      } else if (proposed.kind !== 'accepted') member.failed(nowMs(), null);
      return proposed;
    } catch (error) {
      member.failed(nowMs(), messageOf(error));
      return null;
    }
  }

  /** Puts back what the store has lost, when this member is the one that knows best. */
  async function refill(): Promise<void> {
    const lost = knowing.document();
    const epoch = lost === null ? null : member.refillEpoch(versionOf(lost));
    if (lost === null || epoch === null) return;
    const next = refilled(lost, epoch);
    const expected = member.standing(nowMs()).version;
    const text = JSON.stringify(next);
    const proposed = await propose({
      incarnation,
      expected,
      version: versionOf(next),
      text,
      events: [],
      raises: false,
      untilMs: 0,
    });
    if (proposed?.kind === 'accepted') knowing.take(next);
  }

  return {
    append(events, isConditional = false) {
      for (const { transactionId } of events) if (!own.includes(transactionId)) own.push(transactionId);
      own.splice(0, own.length - OWN_KEPT);
      const basis = knowing.basis();
      knowing.expect(events, isConditional);
      return takeTurn(() => settle(events, basis)).finally(() => knowing.settled(events));
    },
    async tend() {
      await local.tend();
      if (written !== handed && local.recording().writable) {
        const all = handed;
        if ((await local.append([])) === true) written = Math.max(written, all);
      }
      if (inTurn > 0 || !member.isReached()) return;
      const document = knowing.document();
      if (document !== null && member.refillEpoch(versionOf(document)) !== null) await takeTurn(refill);
      else if (knowing.pending().length > 0 && !knowing.isBehind() && mayPush()) await takeTurn(push);
    },
    recordedSeq() {
      if (knowing.pending().length > 0 || written !== handed) return 0;
      return knowing.document()?.event.seq ?? local.recordedSeq();
    },
    recording: () => local.recording(),
    events: () => local.events(),
    writeFailures: () => local.writeFailures(),
    async close() {
      await turn;
      isClosed = true;
      await local.close();
    },
    abandon: () => local.abandon(),
    follow: knowing.follow,
    obstacle() {
      const why = knowing.mistake() ?? member.obstacle(nowMs());
      if (why === null) return null;
      return { code: 'store-unavailable', message: `${why}, so the candidate may only get less` };
    },
    isOwn: (transactionId) => own.includes(transactionId),
  };
}
