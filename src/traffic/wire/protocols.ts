/** Upgrade: which protocols a request offers, and whether the answer names one of them (RFC 9110 7.8). */
import { COMMA, trimmedEnd } from './chars.ts';
import { skipSeparators } from './field-values.ts';
import { Framing, type HeadFacts } from './head.ts';

const NO_POSITION = -1;

/** Whether the request is an upgrade that may be passed on: one with a body is not, because its framing comes first. */
export function isOffer(facts: HeadFacts): boolean {
  return facts.upgrade && facts.framing === Framing.none;
}

/** What a request offers, as a copy that outlives the bytes it was read from; null when it is no offer. */
export function offeredProtocols(bytes: Buffer, facts: HeadFacts): Buffer | null {
  return isOffer(facts) ? Buffer.from(bytes.subarray(facts.upgradeStart, facts.upgradeEnd)) : null;
}

/** Whether a 101 names at least one protocol, and none that was not offered. A version belongs to its protocol. */
export function agreesTo(offered: Buffer, bytes: Buffer, facts: HeadFacts): boolean {
  if (!facts.upgrade) return false;
  const end = facts.upgradeEnd;
  let position = skipSeparators(bytes, facts.upgradeStart, end);
  if (position === end) return false;
  while (position < end) {
    const memberEnd = memberEndOf(bytes, position, end);
    if (!isMember(offered, bytes, position, trimmedEnd(bytes, position, memberEnd))) return false;
    position = skipSeparators(bytes, memberEnd, end);
  }
  return true;
}

function isMember(list: Buffer, bytes: Buffer, start: number, end: number): boolean {
  let position = skipSeparators(list, 0, list.length);
  while (position < list.length) {
    const memberEnd = memberEndOf(list, position, list.length);
    if (isSame(list, position, trimmedEnd(list, position, memberEnd), bytes, start, end)) return true;
    position = skipSeparators(list, memberEnd, list.length);
  }
  return false;
}

function memberEndOf(bytes: Buffer, start: number, end: number): number {
  const comma = bytes.indexOf(COMMA, start);
  return comma === NO_POSITION || comma > end ? end : comma;
}

/** Protocol names are compared in any case. */
function isSame(a: Buffer, aStart: number, aEnd: number, b: Buffer, bStart: number, bEnd: number): boolean {
  if (aEnd - aStart !== bEnd - bStart) return false;
  return a.toString('latin1', aStart, aEnd).toLowerCase() === b.toString('latin1', bStart, bEnd).toLowerCase();
}
