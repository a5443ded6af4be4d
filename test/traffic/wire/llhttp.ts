/**
 * llhttp, the parser inside Node, as an oracle: what it makes of a text, in its strict mode. It is reached by the
 * class that `node:http` itself uses, which has no types.
 */
import { createRequire } from 'node:module';

interface Parser {
  initialize(type: number, resource: object, maxHeaderBytes: number, lenient: number): void;
  execute(bytes: Buffer): unknown;
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

/** The first message in a text, as llhttp reads it. */
export interface Reading {
  /** Method and target, or the status. */
  line: string;
  /** `name:value`, the name in lower case. */
  fields: string[];
  body: string;
  complete: boolean;
  /** Whether it leaves HTTP after the head. */
  upgrade: boolean;
}

/** Reads a text. `error` is llhttp's code, '' when it finds nothing wrong, `first` null when it gets no head. */
export function readByLlhttp(
  text: string,
  kind: 'request' | 'answer',
  toHead: boolean,
): { readonly first: Reading | null; readonly error: string; readonly messages: number } {
  const parser = new HTTPParser();
  parser.initialize(kind === 'request' ? HTTPParser.REQUEST : HTTPParser.RESPONSE, {}, 65_536, 0);
  const messages: Reading[] = [];
  let early: string[] = [];
  parser[HTTPParser.kOnHeaders] = (fields: string[]) => {
    early = [...early, ...fields];
  };
  parser[HTTPParser.kOnHeadersComplete] = (
    _major: number,
    _minor: number,
    fields: string[] | undefined,
    method: number,
    target: string,
    status: number,
    _reason: string,
    upgrade: boolean,
  ) => {
    const line = kind === 'request' ? `${methods[method]} ${target}` : String(status);
    messages.push({ line, fields: pairsOf([...early, ...(fields ?? [])]), body: '', complete: false, upgrade });
    early = [];
    return toHead ? 1 : 0;
  };
  parser[HTTPParser.kOnBody] = (bytes: Buffer) => {
    messages.at(-1)!.body += bytes.toString('latin1');
  };
  parser[HTTPParser.kOnMessageComplete] = () => {
    messages.at(-1)!.complete = true;
    early = [];
  };
  const result = parser.execute(Buffer.from(text, 'latin1'));
  return {
    first: messages[0] ?? null,
    error: result instanceof Error && 'code' in result ? String(result.code) : '',
    messages: messages.length,
  };
}

function pairsOf(flat: readonly string[]): string[] {
  const pairs: string[] = [];
  for (let index = 0; index < flat.length; index += 2) pairs.push(`${flat[index]!.toLowerCase()}:${flat[index + 1]}`);
  return pairs;
}
