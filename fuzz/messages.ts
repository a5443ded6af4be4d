/**
 * Random conversations near the border between valid and not. A message is made by the grammar; most are then spoilt,
 * by doubtful pieces and by changed bytes. Those that are not spoilt must pass, and are marked as such.
 */
import type { Random } from '../src/support/random.ts';
import * as dictionary from './dictionary.ts';

/** One side's text. `mustPass`: it is beyond doubt, and has so many messages. */
export interface Conversation {
  readonly text: string;
  readonly mustPass: boolean;
  readonly messages: number;
}

export interface Messages {
  requests(): Conversation;
  /** What an upstream sends for one request. */
  answer(): Conversation;
}

export function createMessages(random: Random): Messages {
  const pick = (choices: readonly string[]) => choices[Math.floor(random() * choices.length)]!;
  const chance = (ratio: number) => random() < ratio;
  const upTo = (most: number) => Math.floor(random() * (most + 1));
  const several = (choices: readonly string[], most: number) => Array.from({ length: upTo(most) }, () => pick(choices));

  function shuffled(lines: string[]): string[] {
    for (let index = lines.length - 1; index > 0; index--) {
      const other = upTo(index);
      [lines[index], lines[other]] = [lines[other]!, lines[index]!];
    }
    return lines;
  }

  function framed(): { line: string[]; body: string } {
    const kind = random();
    if (kind < 0.4) return { line: [], body: '' };
    const content = 'x'.repeat(chance(0.1) ? upTo(300) : upTo(9));
    if (kind < 0.7) return { line: [`Content-Length: ${content.length}`], body: content };
    const body = several(dictionary.CHUNKS, 3).join('') + pick(dictionary.CHUNK_ENDS);
    return { line: [chance(0.7) ? 'Transfer-Encoding: chunked' : 'TRANSFER-ENCODING:Chunked'], body };
  }

  const headOf = (line: string, fields: readonly string[]) => [line, ...fields, '\r\n'].join('\r\n');

  function validRequest(): string {
    const line = pick(dictionary.REQUEST_LINES);
    const { line: framing, body } = line.endsWith('1.0') ? { line: [], body: '' } : framed();
    return headOf(line, shuffled(['Host: a', ...framing, ...several(dictionary.FIELDS, 3)])) + body;
  }

  function doubtfulRequest(): string {
    if (chance(0.1)) return pick(dictionary.SMUGGLING);
    const line = pick(chance(0.85) ? dictionary.REQUEST_LINES : dictionary.DOUBTFUL_REQUEST_LINES);
    const { line: framing, body } = framed();
    const fields = [...framing, ...several(dictionary.FIELDS, 2), ...several(dictionary.DOUBTFUL_FIELDS, 2)];
    if (chance(0.9)) fields.push('Host: a');
    return headOf(line, shuffled(fields)) + doubtfulBody(body);
  }

  const doubtfulBody = (body: string) =>
    chance(0.6)
      ? body
      : several([...dictionary.DOUBTFUL_BODIES, ...dictionary.CHUNKS, ...dictionary.CHUNK_ENDS], 4).join('');

  function validAnswer(): string {
    const interims = chance(0.2) ? several(dictionary.INTERIM_LINES, 3) : [];
    const heads = interims.map((line) => headOf(line, several(dictionary.FIELDS, 1)));
    const line = pick(dictionary.STATUS_LINES);
    const isBodyless = /^HTTP\/1.1 [23]04/.test(line);
    let { line: framing, body } = framed();
    if (line.startsWith('HTTP/1.0')) framing = [];
    return (
      heads.join('') + headOf(line, shuffled([...framing, ...several(dictionary.FIELDS, 3)])) + (isBodyless ? '' : body)
    );
  }

  function doubtfulAnswer(): string {
    if (chance(0.1)) return pick(dictionary.SPLITTING);
    const interims = chance(0.3)
      ? several([...dictionary.INTERIM_LINES, 'HTTP/1.1 101 Other', 'HTTP/1.0 100 Go'], 2)
      : [];
    const heads = interims.map((line) => headOf(line, several(dictionary.DOUBTFUL_FIELDS, 1)));
    const line = pick(chance(0.8) ? dictionary.STATUS_LINES : dictionary.DOUBTFUL_STATUS_LINES);
    const { line: framing, body } = framed();
    const fields = shuffled([...framing, ...several(dictionary.FIELDS, 2), ...several(dictionary.DOUBTFUL_FIELDS, 2)]);
    return heads.join('') + headOf(line, fields) + doubtfulBody(body);
  }

  function changed(text: string): string {
    const at = upTo(text.length);
    const way = random();
    if (way < 0.25) return text.slice(0, at) + text.slice(at + 1);
    if (way < 0.35) {
      const from = upTo(text.length);
      return text.slice(0, at) + text.slice(from, from + upTo(12)) + text.slice(at);
    }
    if (way < 0.4) return text.slice(0, at) + String.fromCharCode(upTo(255)) + text.slice(at + 1);
    return text.slice(0, at) + pick(dictionary.STRANGE) + text.slice(way < 0.7 ? at : at + 1);
  }

  function spoilt(text: string): string {
    let result = text;
    while (chance(0.4)) result = changed(result);
    return result;
  }

  return {
    requests() {
      const messages = 1 + (chance(0.4) ? upTo(2) : 0);
      const mustPass = chance(0.2);
      const parts = Array.from({ length: messages }, () => (mustPass ? validRequest() : doubtfulRequest()));
      // A request of HTTP/1.0 is the last on its connection.
      const last = parts.findIndex((part) => /^\S+ \S+ HTTP\/1\.0/.test(part));
      if (mustPass && last !== -1) parts.length = last + 1;
      return { text: mustPass ? parts.join('') : spoilt(parts.join('')), mustPass, messages: parts.length };
    },
    answer() {
      const mustPass = chance(0.2);
      return { text: mustPass ? validAnswer() : spoilt(doubtfulAnswer()), mustPass, messages: 1 };
    },
  };
}
