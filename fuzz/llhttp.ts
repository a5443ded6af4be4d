/**
 * llhttp, the parser inside Node, as an oracle: what it makes of a text, in its strict mode. It is reached by the
 * class that `node:http` itself uses, which has no types.
 */
import { createRequire } from 'node:module';

interface Parser {
  initialize(type: number, resource: object, maxHeaderBytes: number, lenient: number): void;
  execute(bytes: Buffer): unknown;
  finish(): unknown;
  /** Frees what it holds outside the heap, which the collector does not see. */
  close(): void;
  [event: number]: (...values: never[]) => unknown;
}

interface ParserClass {
  new (): Parser;
  readonly REQUEST: number;
  readonly RESPONSE: number;
  readonly kOnHeaders: number;
  readonly kOnHeadersComplete: number;
  readonly kOnBody: number;
  readonly kOnMessageComplete: number;
}

const { HTTPParser, methods }: { HTTPParser: ParserClass; methods: readonly string[] } = createRequire(import.meta.url)(
  '_http_common',
);

/** One message in a text, as llhttp reads it. */
export interface Reading {
  /** Method and target, or the status. */
  line: string;
  /** `name:value`, the name in lower case. */
  fields: string[];
  trailers: string[];
  body: string;
  complete: boolean;
  /** Whether it leaves HTTP after the head. */
  upgrade: boolean;
  /** Whether another message may follow on the connection. */
  persistent: boolean;
}

export interface Readings {
  readonly messages: readonly Reading[];
  /** llhttp's code, '' when it finds nothing wrong. */
  readonly error: string;
}

const HEAD_LIMIT_BYTES = 65_536;

/**
 * Reads a text. `isToHead` says of the n-th final answer whether HEAD was asked; `ends` that the connection ends
 * behind the text, which completes a body that goes on until then.
 */
export function readByLlhttp(
  text: string,
  kind: 'request' | 'answer',
  isToHead: (index: number) => boolean = () => false,
  ends = false,
): Readings {
  const parser = new HTTPParser();
  parser.initialize(kind === 'request' ? HTTPParser.REQUEST : HTTPParser.RESPONSE, {}, HEAD_LIMIT_BYTES, 0);
  const messages: Reading[] = [];
  let finals = 0;
  let early: string[] = [];
  let earlyTarget = '';
  parser[HTTPParser.kOnHeaders] = (fields: string[], target: string) => {
    early = [...early, ...fields];
    earlyTarget = target;
  };
  parser[HTTPParser.kOnHeadersComplete] = (
    _major: number,
    _minor: number,
    fields: string[] | undefined,
    method: number,
    target: string | undefined,
    status: number,
    _reason: string,
    upgrade: boolean,
    persistent: boolean,
  ) => {
    const line = kind === 'request' ? `${methods[method]} ${target ?? earlyTarget}` : String(status);
    const all = pairsOf([...early, ...(fields ?? [])]);
    messages.push({ line, fields: all, trailers: [], body: '', complete: false, upgrade, persistent });
    early = [];
    if (kind === 'request' || status < 200) return 0;
    return isToHead(finals++) ? 1 : 0;
  };
  parser[HTTPParser.kOnBody] = (bytes: Buffer) => {
    messages.at(-1)!.body += bytes.toString('latin1');
  };
  parser[HTTPParser.kOnMessageComplete] = () => {
    const message = messages.at(-1)!;
    message.complete = true;
    message.trailers = pairsOf(early);
    early = [];
  };
  let result = parser.execute(Buffer.from(text, 'latin1'));
  if (ends && !(result instanceof Error)) result = parser.finish();
  parser.close();
  return { messages, error: result instanceof Error && 'code' in result ? String(result.code) : '' };
}

function pairsOf(flat: readonly string[]): string[] {
  const pairs: string[] = [];
  for (let index = 0; index < flat.length; index += 2) pairs.push(`${flat[index]!.toLowerCase()}:${flat[index + 1]}`);
  return pairs;
}
