/**
 * One client connection with random bytes on it, through the shipped data path, and what must be true of what the
 * upstream got and the client was told, by llhttp's reading of the same bytes (wire.md, invariants 1–8, 10, 11).
 */
import type { Random } from '../src/support/random.ts';
import type { Reading } from './llhttp.ts';
import { readByLlhttp } from './llhttp.ts';
import type { Conversation } from './messages.ts';
import type { Seen, Turn } from './rig.ts';
import { delivered, differenceOf, framingsOf, HEAD } from './compare.ts';

const STRICT_HEAD =
  /^(?:\r\n)?[!#$%&'*+.^_`|~\w-]+ [!-~]+ HTTP\/1\.[01]\r\n(?:[!#$%&'*+.^_`|~\w-]+:[\t -~\u0080-\u00ff]*\r\n)*\r\n$/;

/** What is wrong with how these requests were treated; '' when nothing is. */
export function requestComplaint({ text, mustPass, messages }: Conversation, turn: Turn, random: Random): string {
  const { seen } = turn;
  let answered = 0;
  const answerReady = (): void => {
    for (; answered < seen.length; answered++) {
      const { exchange } = seen[answered]!;
      if (!exchange.isActive || !exchange.isRequestOver) return;
      const answer = Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n#${String(answered).padStart(2, '0')}`);
      const toHead = seen[answered]!.text.startsWith('HEAD ');
      seen[answered]!.says(answer.subarray(0, answer.length - (toHead ? 3 : 0)));
    }
  };
  delivered(text, random, turn, answerReady);
  const before = readByLlhttp(text, 'request');
  return (
    forwardedComplaint(text, turn, before.messages, before.error) ||
    clientComplaint(turn, answered) ||
    (mustPass && (seen.length < messages || answered < messages) && !turn.wasHandedOver
      ? `only ${answered} of ${messages} valid requests passed`
      : '')
  );
}

function forwardedComplaint(text: string, { seen }: Turn, before: readonly Reading[], error: string): string {
  for (const [index, one] of seen.entries()) {
    const original = before[index];
    // llhttp knows a list of methods; every other token is one to us.
    if (original === undefined && error === 'HPE_INVALID_METHOD') return '';
    if (original === undefined) return `llhttp refuses request ${index} (${error}), which was forwarded`;
    const complaint = comparedComplaint(original, one, error);
    if (complaint !== '') return `request ${index}: ${complaint}`;
    if (original.upgrade) return '';
  }
  if (seen.length > 0) {
    const head = text.slice(0, text.indexOf('\r\n\r\n', text.startsWith('\r\n') ? 2 : 0) + 4);
    if (!STRICT_HEAD.test(head)) return 'a head beyond the grammar was forwarded';
  }
  return '';
}

function comparedComplaint(original: Reading, one: Seen, error: string): string {
  const { messages, error: behindError } = readByLlhttp(one.text, 'request');
  const forwarded = messages[0];
  if (behindError !== '' || forwarded === undefined) return `llhttp refuses what was forwarded (${behindError})`;
  if (messages.length > 1) return 'it was forwarded as several';
  const headEnd = one.text.indexOf('\r\n\r\n') + 4;
  if (!HEAD.test(one.text.slice(0, headEnd))) return 'the forwarded head is not canonical';
  const framings = framingsOf(forwarded);
  if (framings.length > 1) return 'forwarded with two framings';
  if (framings.some((field) => !/^(?:content-length:\d+|transfer-encoding:chunked)$/.test(field))) return 'bad framing';
  if (forwarded.fields.filter((field) => field.startsWith('host:')).length !== 1) return 'forwarded without one Host';
  if (original.upgrade) return '';
  const isOver = one.exchange.isRequestOver || one.wasGivenBack;
  if (one.wasGivenBack && !forwarded.complete) return 'a connection with half a request was given back';
  if (one.wasGivenBack && !original.complete) return `llhttp does not see its end (${error})`;
  if (isOver && !one.wasDropped && forwarded.complete !== original.complete) return 'complete on one side only';
  return differenceOf('request', original, forwarded, one.wasGivenBack);
}

/** Answers in order, whole, and after an error nothing more. */
function clientComplaint({ socket, seen, wasHandedOver }: Turn, answered: number): string {
  const sent = socket.out.text;
  const heads = seen.map(({ text }) => text.startsWith('HEAD '));
  const local = sent.includes('x-weir-error');
  const { messages, error } = readByLlhttp(sent, 'answer', (index) => {
    if (index < answered) return heads[index]!;
    return !sent.endsWith('}');
  });
  if (error !== '') return `llhttp refuses the answers (${error}): ${JSON.stringify(sent)}`;
  if (messages.some(({ complete }) => !complete)) return `a half answer: ${JSON.stringify(sent)}`;
  const bodies = messages.map(({ body }, index) =>
    heads[index] === true ? `#${String(index).padStart(2, '0')}` : body,
  );
  const wanted = Array.from({ length: answered }, (_, index) => `#${String(index).padStart(2, '0')}`);
  if (JSON.stringify(bodies.slice(0, answered)) !== JSON.stringify(wanted))
    return `answers out of order: ${bodies.join()}`;
  if (messages.length > answered + (local ? 1 : 0)) return 'more answers than requests';
  if (local && !socket.hasSentFin) return 'a refusal that does not close';
  if (local && !/\r\nconnection: close\r\n/.test(sent)) return 'a refusal without connection: close';
  return wasHandedOver && socket.hasSentFin ? 'handed over and closed' : '';
}
