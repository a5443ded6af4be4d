import type { RolloutEvent } from '../model/event.ts';
import { isAside, standingAfter } from '../model/event.ts';
import type { Declaration } from '../model/rollout.ts';
import { sidesBegunAnew } from '../model/rollout.ts';
import { hashOf } from './scale.ts';
import type { Lives, Version } from './store.ts';

/**
 * The one document that all members follow: the last event, which carries the whole state of the rollout, and what the
 * members need to agree on beside it. Whoever proposes the next one computes it here, so that members who missed events
 * in between agree with those who saw them all.
 */
export interface FleetDocument {
  readonly format: number;
  /** Grows when a store that has lost its memory is refilled. */
  readonly epoch: number;
  readonly event: RolloutEvent;
  /** What was proposed along with it, and of a rollback all since it began, oldest first: a notification may be missed. */
  readonly along: readonly RolloutEvent[];
  /** Why the rollout stands where it stands: the last event may tell of something beside it. */
  readonly reason: string;
  readonly lives: Lives;
  /** The last events by `seq` and tag, the present one last: who descends from whom. */
  readonly trail: readonly TrailMark[];
  /** Fingerprints of what configuration files have declared, oldest first, the present one last. */
  readonly declarations: readonly string[];
  /** Of a document that refilled a store: what it was made from. */
  readonly base: Version | null;
}

export type TrailMark = readonly [seq: number, tag: string];

/** A document of a later format was written by a later Weir, and is not guessed at. */
const DOCUMENT_FORMAT = 1;
const TRAIL_LENGTH = 32;
const DECLARATIONS_KEPT = 16;
const TAG_LENGTH = 8;
const ALONG_KEPT = 8;

/**
 * Bounds of what is read. Whoever may write into the store may steer the rollout, but not hold up traffic with a document
 * that takes seconds to read and to write down, nor put numbers into journals that nobody can count on from.
 */
const MOST_CHARACTERS = 4_194_304;
const MOST_ALONG = 64;
const MOST_COUNTED = 2 ** 40;

export const versionOf = ({ epoch, event }: FleetDocument): Version => versionIn(epoch, event);

/** Of the document that has this event as its last. */
export function versionIn(epoch: number, { seq, transactionId }: RolloutEvent): Version {
  return { epoch, seq, tag: transactionId.slice(0, TAG_LENGTH) };
}

/** Below 0 when `a` came first; forks that have come equally far are equal here. */
export function compareVersions(a: Version, b: Version): number {
  return a.epoch - b.epoch || a.seq - b.seq;
}

export const isSameVersion = (a: Version, b: Version): boolean => compareVersions(a, b) === 0 && a.tag === b.tag;

const markOf = (event: RolloutEvent): TrailMark => [event.seq, versionIn(0, event).tag];

/** The document after these events, of which there is at least one; null before stands for an empty store. */
export function documentAfter(before: FleetDocument | null, events: readonly RolloutEvent[]): FleetDocument {
  const [first, ...others] = events;
  if (first === undefined) throw new RangeError('expected at least one event');
  let document = before === null ? documentOf(1, first, [markOf(first)]) : followedBy(before, first);
  for (const event of others) document = followedBy(document, event);
  return { ...document, along: [...rollbackBefore(before, document), ...events.slice(0, -1)].slice(-ALONG_KEPT) };
}

function rollbackBefore(before: FleetDocument | null, { event }: FleetDocument): readonly RolloutEvent[] {
  if (before === null || event.phase !== 'rolled-back') return [];
  const earlier = [...before.along, before.event];
  const began = earlier.findLastIndex(({ progress }) => progress === 'detected');
  return began < 0 ? [] : earlier.slice(began);
}

/** What this document tells to whoever knows that one. */
export function newsIn({ along, event }: FleetDocument, known: FleetDocument | null): readonly RolloutEvent[] {
  if (known === null) return [event];
  return [...along.filter((earlier) => !isOnTrail(known, earlier)), event];
}

const isOnTrail = ({ trail }: FleetDocument, event: RolloutEvent): boolean =>
  trail.some((mark) => isSameMark(mark, event));

function followedBy(document: FleetDocument, event: RolloutEvent): FleetDocument {
  const { epoch, event: before, reason, lives, trail } = document;
  const [was, is] = [standingAfter(before), standingAfter(event)];
  const begunAnew = sidesBegunAnew(was, is);
  const name = nameOf(epoch, event);
  const isCandidateNew = begunAnew.includes('candidate');
  return {
    format: DOCUMENT_FORMAT,
    epoch,
    event,
    along: [],
    reason: isAside(event) ? reason : event.reason,
    lives: {
      stable: begunAnew.includes('stable') ? name : lives.stable,
      candidate: isCandidateNew ? name : lives.candidate,
      step: isCandidateNew || was.share !== is.share ? name : lives.step,
    },
    trail: [...trail, markOf(event)].slice(-TRAIL_LENGTH),
    declarations: declarationsAfter(document.declarations, event),
    base: null,
  };
}

/** With the tag: on two forks the same number may begin the lives of two candidates. */
function nameOf(epoch: number, event: RolloutEvent): string {
  const { seq, tag } = versionIn(epoch, event);
  return `${epoch}.${seq}.${tag}`;
}

function declarationsAfter(known: readonly string[], { declared }: RolloutEvent): readonly string[] {
  const present = fingerprintOf(declared);
  return [...known.filter((earlier) => earlier !== present), present].slice(-DECLARATIONS_KEPT);
}

/** Whether what a file declares is something that this fleet has declared once and gone on from. */
export function isLeftBehind({ declarations }: FleetDocument, declaration: Declaration): boolean {
  return declarations.slice(0, -1).includes(fingerprintOf(declaration));
}

const fingerprintOf = (declaration: Declaration): string => hashOf(JSON.stringify(declaration)).toString(36);

function documentOf(epoch: number, event: RolloutEvent, trail: readonly TrailMark[]): FleetDocument {
  const name = nameOf(epoch, event);
  const lives = { stable: name, candidate: name, step: name };
  const { reason } = event;
  return {
    format: DOCUMENT_FORMAT,
    epoch,
    event,
    along: [],
    reason,
    lives,
    trail: trail.slice(-TRAIL_LENGTH),
    declarations: [fingerprintOf(event.declared)],
    base: null,
  };
}

/** What a journal's agreed events add up to, oldest first; its lives are new ones, for the old names were not kept. */
export function documentFrom(events: readonly RolloutEvent[]): FleetDocument | null {
  const last = events.at(-1);
  if (last === undefined) return null;
  const reason = (events.findLast((event) => !isAside(event)) ?? last).reason;
  return { ...documentOf(last.fleet?.epoch ?? 0, last, events.map(markOf)), reason };
}

/** The same state under a new epoch, to refill a store that stands behind it. */
export function refilled(document: FleetDocument, epoch: number): FleetDocument {
  return { ...document, epoch, base: versionOf(document) };
}

/** Whether whoever wrote this document knew that version, or what became of it. */
export function descends({ epoch, trail, event }: FleetDocument, version: Version): boolean {
  if (version.seq === 0) return true;
  const oldest = trail[0]?.[0] ?? event.seq;
  // Longer ago than the trail reaches. What was remembered before there was a fleet is nobody's ancestor.
  if (version.seq < oldest) return version.epoch > 0 && version.epoch <= epoch;
  return trail.some(([seq, tag]) => seq === version.seq && tag === version.tag);
}

export type ReadDocument = { readonly document: FleetDocument } | { readonly mistake: string };

/** Reads a document's text; `readEvent` says what is wrong with an event, or null. */
export function readDocument(text: string, mistakeOf: (event: unknown) => string | null): ReadDocument {
  if (text.length > MOST_CHARACTERS) return { mistake: "the fleet's document is too large to be one" };
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { mistake: "the fleet's document is not JSON" };
  }
  const found = (json ?? {}) as Partial<FleetDocument>;
  const { format, epoch, event, along, reason, lives, trail, base, declarations } = found;
  if (typeof format === 'number' && format > DOCUMENT_FORMAT) {
    const form = `expected a document of format ${DOCUMENT_FORMAT}, got ${format}`;
    return { mistake: `the fleet's document was written by a later version of Weir (${form})` };
  }
  const isWhole =
    format === DOCUMENT_FORMAT &&
    isCount(epoch) &&
    Array.isArray(along) &&
    along.length <= MOST_ALONG &&
    Array.isArray(declarations) &&
    Array.isArray(trail) &&
    trail.every(isMark) &&
    (base === null || (isCount(base?.epoch) && isMark([base?.seq, base?.tag])));
  const names = [reason, lives?.stable, lives?.candidate, lives?.step];
  if (!isWhole || !names.every((name) => typeof name === 'string'))
    return { mistake: "the fleet's document is not whole" };
  const mistake = [...along, event].map(mistakeOf).find((found) => found !== null) ?? null;
  if (mistake !== null) return { mistake: `the fleet's document has no readable event: ${mistake}` };
  const document = json as FleetDocument;
  // One that is not on its own trail would make everybody's next one a fork.
  if (!isSameMark(document.trail.at(-1), document.event)) return { mistake: "the fleet's document is not whole" };
  return { document };
}

function isSameMark(mark: TrailMark | undefined, event: RolloutEvent): boolean {
  const [seq, tag] = markOf(event);
  return mark !== undefined && mark[0] === seq && mark[1] === tag;
}

const isMark = (mark: unknown): boolean => Array.isArray(mark) && isCount(mark[0]) && typeof mark[1] === 'string';

const isCount = (value: unknown): boolean =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= MOST_COUNTED;
