/**
 * One request with a plain answer before and behind it, and random bytes as its own answer, through the shipped data
 * path; and what must be true of what the client got, by llhttp's reading of both sides (wire.md, invariants 5, 9–12).
 */
import type { Random } from '../src/support/random.ts';
import { readByLlhttp } from './llhttp.ts';
import type { Reading, Readings } from './llhttp.ts';
import type { Conversation } from './messages.ts';
import type { Turn } from './rig.ts';
import { cutsOf, differenceOf, framingsOf } from './compare.ts';

interface Asked {
  readonly toHead: boolean;
  readonly minorVersion: number;
  readonly expects: boolean;
  readonly offers: boolean;
  /** How the upstream's connection ends behind the text: not at all, with a FIN, with a reset. */
  readonly ending: 'none' | 'fin' | 'reset';
}

const MARKER = 'GET /marker HTTP/1.1\r\nHost: m\r\n\r\n';
const MARKED = 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nmarker';

/** What is wrong with how this answer was treated; '' when nothing is. */
export function answerComplaint({ text, mustPass }: Conversation, turn: Turn, random: Random): string {
  const asked: Asked = {
    toHead: random() < 0.2,
    minorVersion: random() < 0.25 ? 0 : 1,
    expects: random() < 0.3,
    offers: random() < 0.05,
    ending: random() < 0.5 ? 'none' : random() < 0.7 ? 'fin' : 'reset',
  };
  const { hasMarker, taken } = turnThrough(text, turn, asked, random);
  const before = readByLlhttp(text.slice(0, taken), 'answer', () => asked.toHead, asked.ending === 'fin');
  return complaintOf(turn, asked, before, mustPass, hasMarker, text);
}

interface Course {
  /** The marker could be asked for. */
  readonly hasMarker: boolean;
  /** How much of the text was read before the answer was over. */
  readonly taken: number;
}

/** Sends, answers, ends, and asks for the marker. */
function turnThrough(text: string, turn: Turn, asked: Asked, random: Random): Course {
  const { seen } = turn;
  const expect = asked.expects ? 'Expect: 100-continue\r\nContent-Length: 0\r\n' : '';
  const keep = asked.minorVersion === 0 ? 'Connection: keep-alive\r\n' : '';
  const offer = asked.offers ? 'Connection: upgrade\r\nUpgrade: x\r\n' : '';
  const method = asked.toHead ? 'HEAD' : 'GET';
  turn.clientSays(Buffer.from(`${method} / HTTP/1.${asked.minorVersion}\r\nHost: a\r\n${keep}${expect}${offer}\r\n`));
  const one = seen[0]!;
  const bytes = Buffer.from(text, 'latin1');
  let at = 0;
  for (const end of cutsOf(bytes.length, random)) {
    if (!one.isOpen) break;
    one.says(bytes.subarray(at, end));
    at = end;
  }
  if (one.isOpen && asked.ending === 'fin') one.exchange.ended();
  if (one.isOpen && asked.ending === 'reset')
    one.exchange.lost(Object.assign(new Error('reset'), { code: 'ECONNRESET' }));
  if (!turn.isListening) return { hasMarker: false, taken: at };
  turn.clientSays(Buffer.from(MARKER));
  if (seen.length < 2) return { hasMarker: false, taken: at };
  seen[1]!.says(Buffer.from(MARKED));
  return { hasMarker: true, taken: at };
}

function complaintOf(
  { socket, seen, outcomes, wasHandedOver }: Turn,
  asked: Asked,
  before: Readings,
  mustPass: boolean,
  hasMarker: boolean,
  text: string,
): string {
  const sent = socket.out.text;
  const one = seen[0]!;
  const isClosed = socket.hasSentFin || socket.destroyed;
  const behind = readByLlhttp(sent, 'answer', (index) => index === 0 && asked.toHead, isClosed && !socket.isReset);
  const finalOf = ({ messages }: Readings): Reading | undefined => messages.find(({ line }) => Number(line) >= 200);
  const isLocal = sent.includes('x-weir-error: ');
  const original = finalOf(before);
  const relayed = finalOf(behind);
  if (wasHandedOver) return before.messages.at(-1)?.line === '101' && asked.offers ? '' : 'handed over without a 101';
  if (behind.error !== '' && (outcomes[0] === 'answered' || isLocal || relayed === undefined)) {
    return `llhttp refuses what the client got (${behind.error}): ${JSON.stringify(sent)}`;
  }
  if (hasMarker !== (relayed !== undefined && sent.endsWith('marker') && sent.includes(' 200 OK')))
    return 'the marker is not answered';
  if (hasMarker && behind.messages.at(-1)!.body !== 'marker') return 'the marker got another answer';
  if (isLocal) return mustPass && asked.ending !== 'reset' ? localComplaint(text, asked, original) : '';
  if (relayed === undefined) return '';
  if (original === undefined) return `llhttp refuses the answer (${before.error}), which was relayed`;
  const isWhole = outcomes[0] === 'answered';
  if (isWhole && !original.complete && before.error !== '') return `llhttp refuses its body (${before.error})`;
  if (isWhole && !original.complete) return 'it is answered, but llhttp waits for more';
  if (isWhole && !relayed.complete) return 'it is answered, but the client waits for more';
  if (!isWhole && relayed.complete && isClosed) return 'a cut answer looks whole';
  if (!isWhole && outcomes.length > 0 && !socket.destroyed) return 'a cut answer without a cut';
  if (framingsOf(relayed).length > 1) return 'two framings to the client';
  if (asked.minorVersion === 0 && relayed.fields.includes('transfer-encoding:chunked')) return 'chunks for HTTP/1.0';
  if (one.wasGivenBack && !asked.toHead && !original.persistent) return 'a closing connection was given back';
  if (one.wasGivenBack && before.messages.length > before.messages.indexOf(original) + 1)
    return 'a surplus was given back';
  const interims = behind.messages.filter(({ line }) => Number(line) < 200);
  if (asked.minorVersion === 0 && interims.length > 0) return 'an interim answer for HTTP/1.0';
  if (!asked.expects && interims.some(({ line }) => line === '100')) return 'a 100 that nobody expects';
  return differenceOf('answer', original, relayed, isWhole);
}

/** A valid answer is refused only when it does not come to the end of its head. */
function localComplaint(text: string, asked: Asked, original: Reading | undefined): string {
  if (original === undefined && asked.ending !== 'none') return '';
  return `a valid answer is refused: ${text.slice(0, 40)}`;
}
