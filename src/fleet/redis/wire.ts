import { readGroups, writtenGroups } from '../../health/latency-groups.ts';
import type { Flush, FlushReply, Lives, Proposal, Proposed, RosterEntry, SideSums, SlotDelta } from '../store.ts';
import { NO_VERSION } from '../store.ts';
import type { Keys } from './keys.ts';

/** What a script is called with. */
export interface ScriptCall {
  readonly keys: readonly string[];
  readonly args: readonly string[];
}

const NO_LIVES: Lives = { stable: '', candidate: '', step: '' };
/** Sums that nobody adds to any more are kept as long as this beyond what any window holds. */
const SUMS_KEPT_MS = 2 * 3_600_000;

export function flushCall(keys: Keys, flush: Flush): ScriptCall {
  const { incarnation, knows, batch, reads, life, fingerprint } = flush;
  const step = batch?.step ?? { ended: 0, errors: 0, headed: 0, slow: 0 };
  const { stable, candidate } = batch ?? { stable: [], candidate: [] };
  const latency = (['stable', 'candidate'] as const).map((side) => writtenGroups(flush.latency[side]));
  const told = `${fingerprint}|${latency.join('|')} ${flush.member}`;
  const who = [incarnation, told, flush.rank, Math.ceil(flush.expiryMs)];
  const knowing = [knows.epoch, knows.seq, knows.tag, flush.slots, flag(flush.withdrawn), SUMS_KEPT_MS];
  const counted = [
    flag(batch !== null),
    batch?.sequence ?? 0,
    batch?.generation ?? '',
    stable.length,
    candidate.length,
  ];
  const stepped = [flag(batch?.step != null), step.ended, step.errors, step.headed, step.slow];
  const asked = [flag(reads !== null), reads?.seen.stable ?? 0, reads?.seen.candidate ?? 0, flag(flush.remembers)];
  const deltas = [...stable, ...candidate].flatMap(({ slot, requests, errors, timed, slow }) => {
    return [slot, requests, errors, timed, slow];
  });
  const { document, present, members, ranks } = keys;
  return {
    keys: [
      document,
      present,
      members,
      ranks,
      keys.batch(flush.series),
      keys.withdrawn(life),
      ...keys.sums(fingerprint, batch?.lives ?? NO_LIVES),
      ...keys.sums(fingerprint, reads?.lives ?? NO_LIVES),
    ],
    args: [...who, ...knowing, ...counted, ...stepped, ...asked, ...deltas].map(String),
  };
}

const flag = (is: boolean): number => (is ? 1 : 0);

/** Throws when it is not what the script answers. */
export function flushReplyOf(reply: unknown, isRead: boolean): FlushReply {
  const [now, epoch, seq, tag, text, generation, last, members, position, withdrawn, ...rest] = listOf(reply);
  const [bestEpoch, bestSeq, bestTag, since, stable, candidate, step, oldest] = rest;
  const [ended = 0, errors = 0, headed = 0, slow = 0] = listOf(step).map(count);
  const isLost = textOf(since) !== '';
  return {
    storeMs: count(now),
    version: versionOf(epoch, seq, tag),
    document: textOf(text) === '' ? null : textOf(text),
    generation: textOf(generation),
    acknowledged: count(last),
    members: count(members),
    oldestMs: count(oldest),
    position: count(position),
    withdrawn: count(withdrawn),
    recovery: isLost ? { best: versionOf(bestEpoch, bestSeq, bestTag), sinceMs: count(since) } : null,
    sums: isRead
      ? { stable: sumsOf(stable), candidate: sumsOf(candidate), step: { ended, errors, headed, slow } }
      : null,
  };
}

function versionOf(epoch: unknown, seq: unknown, tag: unknown) {
  const version = { epoch: count(epoch), seq: count(seq), tag: textOf(tag) };
  return version.seq === 0 ? NO_VERSION : version;
}

function sumsOf(reply: unknown): SideSums {
  const [change, ...slots] = listOf(reply);
  return { change: count(change), slots: slots.map(slotOf) };
}

function slotOf(packed: unknown): SlotDelta {
  const [slot = 0, requests = 0, errors = 0, timed = 0, slow = 0] = textOf(packed).split(' ').map(count);
  return { slot, requests, errors, timed, slow };
}

export function proposeCall(keys: Keys, { expected, version, text, raises, untilMs, events }: Proposal): ScriptCall {
  const args = [
    expected.epoch,
    expected.seq,
    expected.tag,
    version.epoch,
    version.seq,
    version.tag,
    text,
    flag(raises),
    Math.ceil(untilMs),
  ];
  return { keys: [keys.document, keys.events], args: [...args.map(String), keys.channel, ...events] };
}

export function proposedOf(reply: unknown): Proposed {
  const [kind, text] = listOf(reply).map(textOf);
  if (kind === 'conflict') return { kind, document: text === '' || text === undefined ? null : text };
  if (kind === 'accepted' || kind === 'recovering' || kind === 'late') return { kind };
  throw new Error(`expected an answer of the script, got ${String(kind)}`);
}

/** From the hash of members (field, value, field, value …) and the store's time. */
export function rosterOf(reply: unknown, storeMs: number): readonly RosterEntry[] {
  const flat = listOf(reply).map(textOf);
  return Array.from({ length: flat.length / 2 }, (_, at) => {
    const [epoch, seq, seenMs, tag, withdrawn, told, ...name] = flat[at * 2 + 1]!.split(' ');
    const ageMs = Math.max(0, storeMs - count(seenMs));
    const version = versionOf(epoch, seq, tag);
    const [fingerprint = '', stable = '', candidate = ''] = (told ?? '').split('|');
    return {
      incarnation: flat[at * 2]!,
      member: name.join(' '),
      version,
      ageMs,
      withdrawn: withdrawn === '1',
      fingerprint,
      latency: { stable: readGroups(stable), candidate: readGroups(candidate) },
    };
  });
}

export function timeMsOf(reply: unknown): number {
  const [seconds, microseconds] = listOf(reply).map(count);
  return seconds! * 1000 + Math.floor(microseconds! / 1000);
}

function listOf(reply: unknown): readonly unknown[] {
  if (Array.isArray(reply)) return reply as readonly unknown[];
  throw new Error(`expected a list from the store, got ${typeof reply}`);
}

function textOf(reply: unknown): string {
  if (typeof reply === 'string') return reply;
  return typeof reply === 'number' ? String(reply) : '';
}

function count(reply: unknown): number {
  const number = Number(reply);
  if (!Number.isFinite(number)) throw new Error(`expected a number from the store, got ${textOf(reply)}`);
  return number;
}
