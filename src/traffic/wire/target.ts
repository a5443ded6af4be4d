/**
 * The request target: which of the four forms it has, and whether the method may have it (RFC 9112 3.2). It is
 * never decoded, resolved or normalised; `//x` is a path.
 */
import { COLON, SLASH, TOKEN, ascii, isToken } from './chars.ts';
import { isAuthority } from './authority.ts';
import { Fault } from './fault.ts';
import { type HeadFacts, Method, TargetForm } from './head.ts';

const ASTERISK = 0x2a;
const QUESTION = 0x3f;
const HTTP = ascii('http');
const HTTPS = ascii('https');

/** Reads `facts.targetStart..targetEnd`, all of whose bytes are in the alphabet of targets, into the other facts. */
export function readTarget(bytes: Uint8Array, facts: HeadFacts): Fault {
  const start = facts.targetStart;
  const end = facts.targetEnd;
  facts.pathStart = start;
  if (facts.method === Method.connect) return readAuthorityForm(bytes, facts);
  if (bytes[start] === SLASH) {
    facts.form = TargetForm.origin;
    return Fault.none;
  }
  if (bytes[start] === ASTERISK && end === start + 1) {
    facts.form = TargetForm.asterisk;
    return facts.method === Method.options ? Fault.none : Fault.malformedTarget;
  }
  return readAbsoluteForm(bytes, facts);
}

function readAuthorityForm(bytes: Uint8Array, facts: HeadFacts): Fault {
  facts.form = TargetForm.authority;
  facts.authorityStart = facts.targetStart;
  facts.authorityEnd = facts.pathStart = facts.targetEnd;
  return isAuthority(bytes, facts.targetStart, facts.targetEnd) ? Fault.none : Fault.malformedTarget;
}

/** `http` and `https` alike: who ends TLS in front of Weir may pass the target on as it came. */
function readAbsoluteForm(bytes: Uint8Array, facts: HeadFacts): Fault {
  const start = facts.targetStart;
  const end = facts.targetEnd;
  let position = start;
  while (position < end && TOKEN[bytes[position]!] !== 0) position++;
  if (!isToken(bytes, start, position, HTTP) && !isToken(bytes, start, position, HTTPS)) return Fault.malformedTarget;
  if (position + 2 >= end || bytes[position] !== COLON) return Fault.malformedTarget;
  if (bytes[position + 1] !== SLASH || bytes[position + 2] !== SLASH) return Fault.malformedTarget;
  position += 3;
  facts.authorityStart = position;
  while (position < end && bytes[position] !== SLASH && bytes[position] !== QUESTION) position++;
  facts.form = TargetForm.absolute;
  facts.authorityEnd = facts.pathStart = position;
  return isAuthority(bytes, facts.authorityStart, position) ? Fault.none : Fault.malformedTarget;
}
