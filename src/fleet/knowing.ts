import type { Agreed, Restatement } from '../model/agreement.ts';
import type { RolloutEvent } from '../model/event.ts';
import { isAside, standingAfter } from '../model/event.ts';
import { sidesBegunAnew } from '../model/rollout.ts';
import type { Share } from '../model/split.ts';
import type { Side } from '../model/upstream.ts';
import type { FleetDocument } from './document.ts';
import {
  compareVersions,
  descends,
  documentFrom,
  isSameVersion,
  newsIn,
  readDocument,
  versionIn,
  versionOf,
} from './document.ts';
import { isAgreeable, reconcile } from './reconcile.ts';
import type { Version } from './store.ts';
import { NO_VERSION } from './store.ts';

/**
 * What a member knows: the document that was agreed on last, and on top of it what happened here and is agreed with
 * nobody yet. Documents come in from replies, notifications and conflicts, in any order and more than once; each is
 * reconciled with what is known, and whoever follows the rollout is told at once what to adopt.
 */
export interface Knowing {
  document(): FleetDocument | null;
  pending(): readonly RolloutEvent[];
  version(): Version;
  /** Whether the document is the journal's, which does not remember all that is agreed on with it. */
  isRemembered(): boolean;
  /** The name of the candidate's life; '' without a document. */
  life(): string;
  /** The candidate's, as it was agreed on. */
  share(): Share;
  /** Grows with each adoption: what was decided on an earlier one counts for nothing. */
  basis(): number;
  /** Whether the store stands behind what is known here. */
  isBehind(): boolean;
  /** Whether what is pending may be proposed as it is. */
  isAgreeable(): boolean;
  /** Why the store's document is not followed; null when it is. */
  mistake(): string | null;
  /** Decided here; to be proposed. What is conditional is not stated again as long as somebody waits for what becomes of it. */
  expect(events: readonly RolloutEvent[], isConditional: boolean): void;
  /** Nobody waits any more for what becomes of these. */
  settled(events: readonly RolloutEvent[]): void;
  hasAgreed(events: readonly RolloutEvent[]): boolean;
  /** Whether the last adoption stated these again, so that nobody needs to. */
  wasRestated(events: readonly RolloutEvent[]): boolean;
  /** A document's text has come from the store. */
  found(text: string): void;
  take(document: FleetDocument): void;
  /** The store has said which version stands there. */
  standsAt(version: Version): void;
  follow(adopt: (agreed: Agreed) => void): void;
  onAdopted(write: (events: readonly RolloutEvent[]) => void): void;
}

/** What a journal's events say up to where all agreed; what happened here alone after that is in force only as a fall. */
export function agreedIn(remembered: readonly RolloutEvent[]): readonly RolloutEvent[] {
  return remembered.slice(0, remembered.findLastIndex(({ fleet }) => fleet?.kept !== true) + 1);
}

function transactionsOf(input: Restatement): readonly string[] {
  if (input.kind === 'fall-again') return [input.event.transactionId];
  return input.kind === 'spend-token' ? [input.transactionId] : [];
}

/** Begins with what the local journal remembers, oldest first; `mistakeOf` says what is wrong with an event, or null. */
export function createKnowing(
  remembered: readonly RolloutEvent[],
  mistakeOf: (event: unknown) => string | null,
): Knowing {
  const agreed = agreedIn(remembered);
  let document = documentFrom(agreed.filter(({ fleet }) => fleet?.kept !== true));
  let pending = remembered.slice(agreed.length);
  /** Lives that came from the store mean the same to all; those made from memory only here. */
  let isRemembered = true;
  let isBehind = false;
  let mistake: string | null = null;
  let basis = 0;
  let restated: readonly string[] = [];
  /** Transactions that somebody wants only on what they were decided on, and waits for. */
  const conditional = new Set<string>();
  let adopt: (next: Agreed) => void = () => {};
  let write: (events: readonly RolloutEvent[]) => void = () => {};

  function begunAnewIn(theirs: FleetDocument): readonly Side[] {
    if (document === null) return [];
    if (isRemembered) return sidesBegunAnew(standingAfter(document.event), standingAfter(theirs.event));
    const { lives } = document;
    return (['stable', 'candidate'] as const).filter((side) => lives[side] !== theirs.lives[side]);
  }

  function advance(theirs: FleetDocument, arrived: number): void {
    pending = pending.slice(arrived);
    document = theirs;
    isRemembered = false;
    isBehind = false;
  }

  /** The store has gone on from there, and so have we; or it has lost what came after, which its next reply will say. */
  function isHeardLate(theirs: FleetDocument): boolean {
    if (document === null || isSameVersion(versionOf(theirs), versionOf(document))) return false;
    return theirs.epoch <= document.epoch && descends(document, versionOf(theirs));
  }

  function take(theirs: FleetDocument): void {
    if (isHeardLate(theirs)) return;
    const found = reconcile({ document, pending, hasJustStarted: isRemembered }, theirs);
    switch (found.kind) {
      case 'known':
        isBehind = false;
        isRemembered = false;
        document = theirs;
        return;
      case 'ours':
        advance(theirs, found.arrived);
        return;
      case 'behind':
        isBehind = true;
        stateAgain(found.again);
        return;
      case 'adopt': {
        const begunAnew = begunAnewIn(theirs);
        const again = found.again.filter((input) => !transactionsOf(input).some((one) => conditional.has(one)));
        restated = again.flatMap(transactionsOf);
        const events = newsIn(theirs, document);
        advance(theirs, pending.length);
        basis++;
        write(events);
        adopt({ events, reason: theirs.reason, begunAnew, again });
      }
    }
  }

  /** Nothing is adopted, but what the store knows against a candidate holds here too. */
  function stateAgain(again: readonly Restatement[]): void {
    if (again.length === 0 || document === null) return;
    const last = pending.at(-1) ?? document.event;
    const reason = pending.findLast((event) => !isAside(event))?.reason ?? document.reason;
    adopt({ events: [last], reason, begunAnew: [], again });
  }

  return {
    document: () => document,
    pending: () => pending,
    isRemembered: () => document !== null && isRemembered,
    version: () => (document === null ? NO_VERSION : versionOf(document)),
    life: () => document?.lives.candidate ?? '',
    share: () => (document === null ? 0 : standingAfter(document.event).share),
    basis: () => basis,
    isBehind: () => isBehind,
    isAgreeable: () => mistake === null && isAgreeable(pending),
    mistake: () => mistake,
    expect(events, isConditional) {
      pending = [...pending, ...events];
      if (isConditional) for (const { transactionId } of events) conditional.add(transactionId);
    },
    settled(events) {
      for (const { transactionId } of events) conditional.delete(transactionId);
    },
    hasAgreed(events) {
      const last = events.at(-1);
      return last === undefined || (document !== null && descends(document, versionIn(document.epoch, last)));
    },
    wasRestated: (events) => events.some(({ transactionId }) => restated.includes(transactionId)),
    found(text) {
      const read = readDocument(text, mistakeOf);
      mistake = 'mistake' in read ? read.mistake : null;
      if ('document' in read) take(read.document);
    },
    take,
    standsAt(version) {
      if (document === null) return;
      const order = compareVersions(version, versionOf(document));
      if (order < 0) isBehind = true;
      if (!isSameVersion(version, versionOf(document))) return;
      isBehind = false;
      mistake = null;
      if (!isAgreeable(pending)) take(document);
    },
    follow(next) {
      adopt = next;
    },
    onAdopted(next) {
      write = next;
    },
  };
}
