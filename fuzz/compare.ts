/** What both directions need: delivering a text in random pieces, and comparing two readings of a message. */
import type { Random } from '../src/support/random.ts';
import type { Reading } from './llhttp.ts';
import type { Turn } from './rig.ts';

/** A head as it may leave us, whatever came. */
export const HEAD = /^[!-~]+ [!-~]+ [\t -~\u0080-\u00ff]*\r\n(?:[!#$%&'*+.^_`|~\w-]+:[\t -~\u0080-\u00ff]*\r\n)*\r\n$/;

/** Fields that Weir drops, adds or writes anew. */
const TOUCHED =
  /^(?:connection|keep-alive|proxy-connection|proxy-authenticate|proxy-authorization|te|upgrade|transfer-encoding|content-length|host|via|date|expect|trace.*|x-forwarded-.*|x-weir-.*):/;
const FORBIDDEN_TRAILERS =
  /^(?:content-length|transfer-encoding|host|connection|cookie|authorization|x-forwarded-.*|x-weir-.*):/;

/** Hands over the text, whole, in two, in several pieces, or byte by byte, as long as it is read. */
export function delivered(text: string, random: Random, turn: Turn, between: () => void): void {
  const bytes = Buffer.from(text, 'latin1');
  let at = 0;
  for (const end of cutsOf(bytes.length, random)) {
    if (!turn.isListening) break;
    turn.clientSays(bytes.subarray(at, end));
    at = end;
    between();
  }
}

/** Where each piece ends; the last is the whole length. */
export function cutsOf(length: number, random: Random): number[] {
  const way = random();
  if (way < 0.4 || length < 2) return [length];
  if (way < 0.45) return Array.from({ length }, (_, index) => index + 1);
  const cuts = Array.from({ length: way < 0.75 ? 1 : 4 }, () => 1 + Math.floor(random() * (length - 1)));
  return [...new Set([...cuts, length])].toSorted((a, b) => a - b);
}

export const framingsOf = ({ fields }: Reading): string[] =>
  fields.filter((field) => /^(?:content-length|transfer-encoding):/.test(field));

const nameOf = (field: string): string => field.slice(0, field.indexOf(':'));

const nominatedIn = (fields: readonly string[]): string[] =>
  fields
    .filter((field) => field.startsWith('connection:'))
    .flatMap((field) => field.slice('connection:'.length).toLowerCase().split(','))
    .map((option) => option.trim());

/** Those that are not stripped although they are named. */
const PROTECTED = {
  request: /^(?:host|cookie|authorization|expect|via|forwarded|trace.*|idempotency-key|x-forwarded-.*|x-weir-.*)$/,
  answer: /^(?:set-cookie|date|via|x-forwarded-.*|x-weir-.*)$/,
};

/** How two readings of one message differ; '' when they do not. The body is compared as far as it came when not whole. */
export function differenceOf(kind: 'request' | 'answer', before: Reading, behind: Reading, isWhole: boolean): string {
  const nominated = nominatedIn(before.fields).filter((name) => !PROTECTED[kind].test(name));
  const kept = ({ fields }: Reading): string =>
    JSON.stringify(fields.filter((field) => !TOUCHED.test(field) && !nominated.includes(nameOf(field))));
  const line = before.line.replace(/ https?:\/\/[^/?]*(?=(.?))/i, (_match, next: string) => {
    if (next !== '') return next === '?' ? ' /' : ' ';
    return before.line.startsWith('OPTIONS') ? ' *' : ' /';
  });
  if (line !== behind.line) return `the line differs: ${before.line} / ${behind.line}`;
  if (kept(before) !== kept(behind)) return `the fields differ: ${kept(before)} / ${kept(behind)}`;
  if (isWhole ? before.body !== behind.body : !before.body.startsWith(behind.body)) return 'the body differs';
  if (behind.trailers.some((field) => FORBIDDEN_TRAILERS.test(field))) return 'a forbidden trailer passed';
  return behind.trailers.some((field) => !before.trailers.includes(field)) ? 'an invented trailer' : '';
}
