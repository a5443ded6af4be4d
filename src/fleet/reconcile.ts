import type { Restatement } from '../model/agreement.ts';
import type { EventType, RolloutEvent } from '../model/event.ts';
import { standingAfter } from '../model/event.ts';
import type { FleetDocument } from './document.ts';
import { compareVersions, descends, isLeftBehind, isSameVersion, versionIn, versionOf } from './document.ts';

/**
 * What a member does when the store shows it a document.
 *
 * Usually the document descends from what the member knows, and is adopted. It does not when the store has lost its
 * memory: it was restarted from an older snapshot, and either stands behind (then members refill it) or somebody who
 * knew no better has gone on from there, on a fork. Of two forks the one in the store stays, because everybody can see
 * it, but nothing that one of them knows against a candidate is lost: of the same candidate's shares the lower one wins,
 * a rollback is stated again, and a candidate whose fate nobody can tell is taken out.
 *
 * The same goes for what happened here while the store was away: falls are stated again, on the same candidate; what
 * was decided about a candidate that is no longer there is moot.
 */
export interface Knowledge {
  /** The last one agreed on; null without one. */
  readonly document: FleetDocument | null;
  /** What happened here on top of it and is agreed with nobody, oldest first. */
  readonly pending: readonly RolloutEvent[];
  /** Whether nothing has come from the store since the start: then a file of yesterday may be among what is pending. */
  readonly hasJustStarted: boolean;
}

export type Reconciled =
  /** It is what is known; `pending` still waits to be proposed. */
  | { readonly kind: 'known' }
  /** What was pending has arrived, up to this many events. */
  | { readonly kind: 'ours'; readonly arrived: number }
  /** The store has lost what is known here, and will be refilled; what its document says against a candidate holds. */
  | { readonly kind: 'behind'; readonly again: readonly Restatement[] }
  | { readonly kind: 'adopt'; readonly again: readonly Restatement[] };

export function reconcile(knowledge: Knowledge, theirs: FleetDocument): Reconciled {
  const { document: mine } = knowledge;
  const found = versionOf(theirs);
  const arrived = knowledge.pending.findLastIndex((event) => isSameVersion(found, versionIn(theirs.epoch, event))) + 1;
  const pending = knowledge.pending.filter((event) => !(knowledge.hasJustStarted && isOfYesterday(event, theirs)));
  const isCurrent = pending.length === knowledge.pending.length;
  if (mine === null) {
    if (arrived > 0) return { kind: 'ours', arrived };
    return { kind: 'adopt', again: pendingAgain(null, pending, theirs) };
  }
  const known = versionOf(mine);
  if (isSameVersion(found, known)) {
    // What happened only to this member, or is of yesterday, is no reason for the others to do anything.
    if (isCurrent && !pending.some(isLocal)) return { kind: 'known' };
    return { kind: 'adopt', again: pendingAgain(mine, pending, theirs) };
  }
  // The store has been refilled with just what is known here: nothing has changed but the epoch.
  const isRefill = isCurrent && theirs.base !== null && isSameVersion(theirs.base, known) && hasSameLives(mine, theirs);
  if (isRefill) return { kind: 'ours', arrived: 0 };
  if (arrived > 0 && found.epoch === known.epoch) return { kind: 'ours', arrived };
  const order = compareVersions(found, known);
  if (order < 0)
    return { kind: 'behind', again: descends(mine, found) ? [] : listed(lowered(theirs.event, mine.event)) };
  // Part of what was pending may be in it, and somebody has gone on from there.
  const missing = pending.slice(pending.findLastIndex((event) => isIn(theirs, event)) + 1);
  const again = pendingAgain(mine, missing, theirs);
  if (missing.length < pending.length || descends(theirs, known)) return { kind: 'adopt', again };
  return {
    kind: 'adopt',
    again: again.some(isFall) ? again : [...again, ...listed(lowered(mine.event, theirs.event))],
  };
}

const isIn = ({ epoch, trail }: FleetDocument, event: RolloutEvent): boolean =>
  trail.some(([seq, tag]) => isSameVersion({ epoch, seq, tag }, versionIn(epoch, event)));

const hasSameLives = ({ lives: a }: FleetDocument, { lives: b }: FleetDocument): boolean =>
  a.stable === b.stable && a.candidate === b.candidate;

const isOfYesterday = ({ type, declared }: RolloutEvent, theirs: FleetDocument): boolean =>
  type === 'declared' && isLeftBehind(theirs, declared);

const listed = <T>(one: T | null): readonly T[] => (one === null ? [] : [one]);
const isFall = ({ kind }: Restatement): boolean => kind === 'fall-again';

/** Said of one sidecar by itself: the fleet's rollout is not to follow from it. */
const LOCAL: ReadonlySet<EventType> = new Set(['resume-refused', 'journal-set-aside']);
const isLocal = ({ type }: RolloutEvent): boolean => LOCAL.has(type);
export const isAgreeable = (pending: readonly RolloutEvent[]): boolean => !pending.some(isLocal);

/** What of the pending events is to be decided once more. */
function pendingAgain(
  mine: FleetDocument | null,
  pending: readonly RolloutEvent[],
  theirs: FleetDocument,
): readonly Restatement[] {
  const before = [mine?.event ?? null, ...pending];
  const fell = pending.findLast((event, at) => isFallFrom(before[at] ?? null, event));
  const declared = pending.findLast(({ type }) => type === 'declared');
  const again = fell === undefined ? null : sameCandidateLowered(fell, theirs.event);
  return [
    ...pending.flatMap(spentAgain),
    ...(declared === undefined ? [] : [{ kind: 'declare', declaration: declared.declared, lapsed: false } as const]),
    ...listed(again),
  ];
}

function spentAgain({ type, actor, transactionId, spentTokens = [] }: RolloutEvent): readonly Restatement[] {
  const token = spentTokens.at(-1);
  if (type !== 'token-spent' || token === undefined) return [];
  return [
    { kind: 'spend-token', token, actor, transactionId, reason: 'was spent where the others did not hear of it' },
  ];
}

function isFallFrom(before: RolloutEvent | null, event: RolloutEvent): boolean {
  if (isLocal(event) || event.type === 'raise-withdrawn') return false;
  if (event.progress === 'detected') return true;
  if (before === null) return false;
  const [was, is] = [standingAfter(before), standingAfter(event)];
  return is.share < was.share && is.sides.candidate?.version === was.sides.candidate?.version;
}

/** What one event says against the candidate of another: nothing, less, or out. */
function lowered(from: RolloutEvent, onto: RolloutEvent): Restatement | null {
  const [theirs, mine] = [standingAfter(onto), standingAfter(from)];
  const candidate = theirs.sides.candidate?.version;
  if (candidate === undefined) return null;
  if (candidate === mine.sides.candidate?.version) return sameCandidateLowered(from, onto);
  const wasTakenOut = from.releases.some(
    ({ release, status }) => release.version === candidate && status === 'rolled-back',
  );
  if (theirs.share === 0 || (mine.share === 0 && !wasTakenOut)) return null;
  const what = wasTakenOut ? `${candidate} had been taken out` : `${mine.sides.candidate?.version} had followed`;
  return { kind: 'mistrust', version: candidate, reason: `the fleet's store has lost its memory: ${what}` };
}

function sameCandidateLowered(from: RolloutEvent, onto: RolloutEvent): Restatement | null {
  const [mine, theirs] = [standingAfter(from), standingAfter(onto)];
  if (mine.sides.candidate === null || mine.sides.candidate.version !== theirs.sides.candidate?.version) return null;
  const isTakenOut = from.phase === 'rolled-back' && onto.phase !== 'rolled-back';
  return isTakenOut || mine.share < theirs.share ? { kind: 'fall-again', event: from } : null;
}
