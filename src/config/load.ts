import { readFile } from 'node:fs/promises';
import { configOf } from './arrange.ts';
import { readDocument } from './document.ts';
import { formatPath } from '../support/path.ts';
import type { Path } from '../support/path.ts';
import type { Problem } from '../support/problem.ts';
import { printable, withoutCredentials } from '../support/quote.ts';
import { isSecret } from './secret.ts';
import type { Config } from './schema.ts';
import { readTokens } from './tokens.ts';
import { messageOf } from '../support/message.ts';

/** One thing wrong with a configuration file, ready to be told. */
export interface Mistake {
  readonly file: string;
  /** From 1; null when it is about the file as a whole. */
  readonly line: number | null;
  /** The path of the key, `plan[0].hold`; '' when it is about no key. */
  readonly key: string;
  /** What was expected, and what came. */
  readonly message: string;
}

export type ConfigResult = { readonly config: Config } | { readonly mistakes: readonly Mistake[] };

/** Reads a configuration file, YAML or JSON. Never throws: a file that cannot be read is a mistake like any other. */
export async function loadConfig(file: string): Promise<ConfigResult> {
  const read = await readText(file);
  return 'mistakes' in read ? read : loadText(read.text, file);
}

export async function readText(
  file: string,
  what = 'a configuration file',
): Promise<{ readonly text: string } | { readonly mistakes: readonly Mistake[] }> {
  try {
    return { text: await readFile(file, 'utf8') };
  } catch (error) {
    return { mistakes: [{ file, line: null, key: '', message: unreadable(error, what) }] };
  }
}

/** A configuration file's text, with the files that it names. */
export async function loadText(text: string, file: string): Promise<ConfigResult> {
  const result = readConfig(text, file);
  if ('mistakes' in result) return result;
  const mistakes = [...(await mistakesInNamedFiles(result.config)), ...(await mistakesInTokens(result.config))];
  return mistakes.length === 0 ? result : { mistakes: mistakes.map((mistake) => placed(mistake, text, file)) };
}

/** With the line of the key that names the file. */
function placed(mistake: NamedMistake, text: string, file: string): Mistake {
  if (!('path' in mistake)) return mistake;
  const { path, message } = mistake;
  const line = readDocument(text).document?.lineOf(path) ?? null;
  return { file, line, key: formatPath(path), message };
}

/** About a file that a key names, or in a file of tokens itself. */
type NamedMistake = Mistake | { readonly path: Path; readonly message: string };

/** Nobody could come in by a file of tokens that cannot be read. */
async function mistakesInTokens({ admin }: Config): Promise<readonly NamedMistake[]> {
  if (admin.tokensFile === null) return [];
  const read = await readText(admin.tokensFile, 'a file of tokens');
  if ('mistakes' in read) {
    return read.mistakes.map(({ message }) => {
      return { path: ['admin', 'tokensFile'], message: `${message}: ${admin.tokensFile}` };
    });
  }
  const result = readTokens(read.text, admin.tokensFile);
  return 'mistakes' in result ? result.mistakes : [];
}

/** A file that a key names is part of the configuration: it must be there before anything starts. */
interface Named {
  /** Of the key. */
  readonly path: Path;
  readonly file: string | null | undefined;
  readonly what: string;
  /** What is wrong with its text; null when nothing is. */
  readonly mistakeOf: (text: string, path: string) => string | null;
}

const ofCertificates = {
  what: 'a file of certificates',
  mistakeOf: (text: string, path: string) =>
    text.includes('-----BEGIN CERTIFICATE-----') ? null : `expected PEM certificates in ${path}`,
};
const ofASecret = {
  what: 'a file with a secret',
  mistakeOf: (text: string, path: string) =>
    text.trim() === '' ? `expected a secret in ${path}, but it is empty` : null,
};

function filesNamedIn({ stable, candidate, webhooks, fleet }: Config): readonly Named[] {
  return [
    { path: ['stable', 'ca'], file: stable.ca, ...ofCertificates },
    { path: ['candidate', 'ca'], file: candidate?.ca, ...ofCertificates },
    ...webhooks.map(({ secretFile: file }, position) => {
      return { path: ['webhooks', position, 'secretFile'], file, ...ofASecret };
    }),
    { path: ['fleet', 'caFile'], file: fleet?.caFile, ...ofCertificates },
    { path: ['fleet', 'usernameFile'], file: fleet?.usernameFile, ...ofASecret },
    { path: ['fleet', 'passwordFile'], file: fleet?.passwordFile, ...ofASecret },
    { path: ['fleet', 'sentinelUsernameFile'], file: fleet?.sentinelUsernameFile, ...ofASecret },
    { path: ['fleet', 'sentinelPasswordFile'], file: fleet?.sentinelPasswordFile, ...ofASecret },
  ];
}

async function mistakesInNamedFiles(config: Config): Promise<NamedMistake[]> {
  const mistakes: NamedMistake[] = [];
  for (const { path, file, what, mistakeOf } of filesNamedIn(config)) {
    if (file === null || file === undefined) continue;
    const read = await readText(file, what);
    const message = 'text' in read ? mistakeOf(read.text, file) : `${read.mistakes[0]!.message}: ${file}`;
    if (message !== null) mistakes.push({ path, message });
  }
  return mistakes;
}

/** Ten times what anybody needs. What reads YAML needs minutes for a megabyte of keys, and the traffic would wait. */
const MOST_CHARACTERS = 262_144;

/** Reads the text of a configuration file; `fileName` is only for messages. Mistakes come in the order of lines. */
export function readConfig(text: string, fileName: string): ConfigResult {
  if (text.length > MOST_CHARACTERS) {
    const message = `expected a file of at most ${MOST_CHARACTERS} characters, got ${text.length}`;
    return { mistakes: [{ file: fileName, line: null, key: '', message }] };
  }
  const { document, mistakes: inSyntax } = readDocument(text);
  const mistakes: Mistake[] = inSyntax.map(({ line, path, message }) => {
    return { file: fileName, line, key: formatPath(path, isSecret(path)), message };
  });
  if (document === null) return { mistakes };
  const { value } = document;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const came = value === null ? 'nothing' : document.shown([]);
    const message = `expected a mapping of settings, such as "service: checkout", got ${came}`;
    return { mistakes: [...mistakes, { file: fileName, line: 1, key: '', message }] };
  }
  const result = configOf(value);
  if ('config' in result && mistakes.length === 0) return result;
  const inMeaning = 'problems' in result ? result.problems : [];
  mistakes.push(
    ...inMeaning.map(({ path, message, quoteValue }: Problem): Mistake => {
      const isShown = quoteValue && !isSecret(path);
      const whole = isShown ? `${message}, got ${document.shown(path)}` : message;
      return {
        file: fileName,
        line: document.lineOf(path),
        key: formatPath(path, isSecret(path)),
        message: printable(withoutCredentials(whole)),
      };
    }),
  );
  return { mistakes: mistakes.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0)) };
}

/** `weir.yaml:7: guards.errors: expected …, got …` */
export function formatMistake({ file, line, key, message }: Mistake): string {
  return `${file}${line === null ? '' : `:${line}`}: ${key === '' ? '' : `${key}: `}${message}`;
}

function unreadable(error: unknown, what: string): string {
  const code = error instanceof Error && 'code' in error ? error.code : '';
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return `expected ${what}, but it does not exist`;
    case 'EISDIR':
      return `expected ${what}, got a directory`;
    case 'EACCES':
    case 'EPERM':
      return 'expected a file that may be read, but permission is denied';
    default:
      return `expected a file that can be read: ${messageOf(error)}`;
  }
}
