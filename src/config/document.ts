import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
} from 'yaml';
import type { YAMLError, YAMLMap } from 'yaml';
import type { Path } from '../support/path.ts';
import { quoted, shortened } from '../support/quote.ts';
import { messageOf } from '../support/message.ts';

/** The text of a file as a tree that still knows where everything stood and how it was written. */
export interface SourceDocument {
  /** Plain values, as YAML yields them. */
  readonly value: unknown;
  /** The line of the innermost key of the path that is there, from 1. */
  lineOf(path: Path): number;
  /** What stands at the path, as it was written, cut to a bearable length. */
  shown(path: Path): string;
}

export interface SyntaxMistake {
  readonly line: number;
  readonly path: Path;
  readonly message: string;
}

/**
 * Reads YAML or JSON (which is YAML). Where the syntax leaves doubt about what was meant, there is no document,
 * only mistakes; a key given twice leaves no such doubt about the others.
 */
export function readDocument(text: string): { document: SourceDocument | null; mistakes: readonly SyntaxMistake[] } {
  const lines = new LineCounter();
  const parsed = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
  const mistakes = syntaxMistakesIn(parsed, lines);
  const isClear = parsed.warnings.length === 0 && parsed.errors.every(({ code }) => code === 'DUPLICATE_KEY');
  if (!isClear) return { document: null, mistakes };
  const lineAt = (offset: number) => Math.max(1, lines.linePos(offset).line);
  let value: unknown;
  try {
    value = parsed.toJS();
  } catch (error) {
    // An alias without its anchor, or so many that they would explode in memory.
    const message = messageOf(error);
    const line = lineAt(danglingAlias(parsed));
    return { document: null, mistakes: [...mistakes, { line, path: [], message: withSmallInitial(message) }] };
  }
  return {
    document: {
      value,
      lineOf: (path) => lineAt(locate(parsed, path).offset),
      shown: (path) => shownNode(locate(parsed, path).node),
    },
    mistakes,
  };
}

/** To say where a key stood that was given twice, all of the file is looked through. */
const MOST_TOLD = 100;

function syntaxMistakesIn(parsed: Document.Parsed, lines: LineCounter): readonly SyntaxMistake[] {
  const all = [...parsed.errors, ...parsed.warnings];
  const told = all.slice(0, MOST_TOLD).map((error) => syntaxMistake(parsed, error, lines));
  const left = all.length - told.length;
  return left === 0
    ? told
    : [...told, { line: told.at(-1)!.line, path: [], message: `and ${left} such mistakes more` }];
}

function syntaxMistake(parsed: Document.Parsed, error: YAMLError, lines: LineCounter): SyntaxMistake {
  const line = Math.max(1, lines.linePos(error.pos[0]).line);
  if (error.code === 'MULTIPLE_DOCS') {
    return { line, path: [], message: 'expected one YAML document, but a second one begins here' };
  }
  if (error.code === 'DUPLICATE_KEY') {
    return { line, path: pathOfKeyAt(parsed, error.pos[0]), message: 'duplicate key, expected each key once' };
  }
  return { line, path: [], message: `expected valid YAML or JSON: ${withSmallInitial(error.message)}` };
}

/** The path of the key that begins at this place in the text. */
function pathOfKeyAt(parsed: Document.Parsed, offset: number): Path {
  let path: Path = [];
  visit(parsed, {
    Pair(_, pair, ancestors) {
      if (!isScalar(pair.key) || pair.key.range?.[0] !== offset) return;
      const chain = [...ancestors, pair];
      path = chain.flatMap((node, depth): (string | number)[] => {
        if (isPair(node) && isScalar(node.key)) return [String(node.key.value)];
        return isSeq(node) ? [node.items.indexOf(chain[depth + 1])] : [];
      });
      return visit.BREAK;
    },
  });
  return path;
}

/** Where the first alias stands that refers to nothing; 0 where there is none. */
function danglingAlias(parsed: Document.Parsed): number {
  let offset = 0;
  visit(parsed, {
    Alias(_, alias) {
      if (alias.resolve(parsed) !== undefined) return;
      offset = alias.range?.[0] ?? 0;
      return visit.BREAK;
    },
  });
  return offset;
}

interface Place {
  /** Undefined where the last key of the path is not there. */
  readonly node: unknown;
  readonly offset: number;
}

/** Follows the path as far as it goes. */
function locate(parsed: Document.Parsed, path: Path): Place {
  let place: Place = { node: resolved(parsed, parsed.contents), offset: 0 };
  for (const part of path) {
    const inner = step(place.node, part);
    if (inner === null) return { node: undefined, offset: place.offset };
    place = { node: resolved(parsed, inner.node), offset: inner.offset };
  }
  return place;
}

function step(node: unknown, part: string | number): Place | null {
  if (isSeq(node)) {
    const item = node.items[Number(part)];
    return isNode(item) ? { node: item, offset: item.range?.[0] ?? 0 } : null;
  }
  return isMap(node) ? (placesIn(node).get(String(part)) ?? null) : null;
}

const known = new WeakMap<YAMLMap, ReadonlyMap<string, Place>>();

/** By key, the last of that name; looked through once, because each of many mistakes asks. */
function placesIn(map: YAMLMap): ReadonlyMap<string, Place> {
  let places = known.get(map);
  if (places === undefined) {
    const named = map.items.flatMap(({ key, value }): [string, Place][] =>
      isScalar(key) ? [[String(key.value), { node: value, offset: key.range?.[0] ?? 0 }]] : [],
    );
    known.set(map, (places = new Map(named)));
  }
  return places;
}

function resolved(parsed: Document.Parsed, node: unknown): unknown {
  return isAlias(node) ? node.resolve(parsed) : node;
}

function shownNode(node: unknown): string {
  if (isMap(node)) return 'a mapping';
  if (isSeq(node)) return 'a list';
  if (!isScalar(node)) return 'nothing';
  if (typeof node.value === 'string') return quoted(node.value);
  return node.source === '' ? 'nothing' : shortened(node.source ?? String(node.value));
}

function withSmallInitial(message: string): string {
  return message.slice(0, 1).toLowerCase() + message.slice(1);
}
