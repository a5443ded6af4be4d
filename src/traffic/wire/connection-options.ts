/**
 * Connection: what it says about this connection, and which fields it takes with it (RFC 9110 7.6.1). A name that
 * the table of names knows is either never forwarded or must not be removable: whoever could strip Cookie,
 * Host or X-Forwarded-For from a request by naming it would be trusted too much. Only the others are noted.
 */
import { COMMA, ascii, isToken } from './chars.ts';
import { Fault } from './fault.ts';
import { skipBlanks, skipSeparators, tokenEnd } from './field-values.ts';
import { type HeadFacts, NOMINATED_LIMIT } from './head.ts';
import { type NameTable, entryAt } from './names.ts';

const CLOSE = ascii('close');
const KEEP_ALIVE = ascii('keep-alive');
const UPGRADE = ascii('upgrade');

/** Reads one Connection line's value into the facts. */
export function readConnection(
  bytes: Uint8Array,
  start: number,
  end: number,
  facts: HeadFacts,
  names: NameTable,
): Fault {
  let position = skipSeparators(bytes, start, end);
  while (position < end) {
    const optionStart = position;
    position = tokenEnd(bytes, position, end);
    if (position === optionStart) return Fault.invalidConnection;
    if (isToken(bytes, optionStart, position, KEEP_ALIVE)) facts.sawKeepAlive = true;
    else if (isToken(bytes, optionStart, position, CLOSE)) facts.sawClose = true;
    else if (isToken(bytes, optionStart, position, UPGRADE)) facts.sawUpgrade = true;
    else if (entryAt(names, bytes, optionStart, position) === 0) {
      if (facts.nominatedCount === 2 * NOMINATED_LIMIT) return Fault.invalidConnection;
      facts.nominated[facts.nominatedCount++] = optionStart;
      facts.nominated[facts.nominatedCount++] = position;
    }
    position = skipBlanks(bytes, position, end);
    if (position < end && bytes[position] !== COMMA) return Fault.invalidConnection;
    position = skipSeparators(bytes, position, end);
  }
  return Fault.none;
}
