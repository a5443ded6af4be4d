/**
 * The second look at a head that has been read and found valid: which ranges go on, now that it is known which
 * lines Connection names and which fields turned out to be worthless. Rare, so it may walk all lines again.
 */
import { COLON, LF, TOKEN, ascii } from './chars.ts';
import type { HeadFacts } from './head.ts';
import { type NameTable, entryAt } from './names.ts';

/** Families of names that no client may strip by naming them: they carry trust. */
const PROTECTED_PREFIXES = [ascii('x-forwarded-'), ascii('x-weir-')];

/** Makes the kept ranges anew, without the lines of struck names and without those that Connection nominates. */
export function strikeLines(bytes: Uint8Array, facts: HeadFacts, names: NameTable): void {
  const headEnd = facts.end - 2;
  let keptStart = facts.lineKept ? facts.start : facts.lineEnd;
  let position = facts.lineEnd;
  facts.keptCount = 0;
  while (position < headEnd) {
    const lineStart = position;
    while (bytes[position] !== COLON) position++;
    const nameEnd = position;
    while (bytes[position] !== LF) position++;
    position++;
    const entry = entryAt(names, bytes, lineStart, nameEnd);
    const struck =
      entry === 0 ? isNominated(bytes, lineStart, nameEnd, facts) : (facts.struck & (1 << names.names[entry]!)) !== 0;
    if (!struck) continue;
    keep(facts, keptStart, lineStart);
    keptStart = position;
  }
  keep(facts, keptStart, headEnd);
}

function keep(facts: HeadFacts, start: number, end: number): void {
  if (start === end) return;
  facts.kept[facts.keptCount++] = start;
  facts.kept[facts.keptCount++] = end;
}

function isNominated(bytes: Uint8Array, start: number, end: number, facts: HeadFacts): boolean {
  for (const prefix of PROTECTED_PREFIXES) {
    if (end - start >= prefix.length && isSameName(bytes, start, prefix, 0, prefix.length)) return false;
  }
  for (let index = 0; index < facts.nominatedCount; index += 2) {
    const optionStart = facts.nominated[index]!;
    const length = facts.nominated[index + 1]! - optionStart;
    if (length === end - start && isSameName(bytes, start, bytes, optionStart, length)) return true;
  }
  return false;
}

function isSameName(a: Uint8Array, aStart: number, b: Uint8Array, bStart: number, length: number): boolean {
  for (let index = 0; index < length; index++) {
    if (TOKEN[a[aStart + index]!] !== TOKEN[b[bStart + index]!]) return false;
  }
  return true;
}
