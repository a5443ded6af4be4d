import { readFile } from 'node:fs/promises';
import { readDocument } from './document.ts';
import { formatPath } from './path.ts';
import type { Problem } from './problem.ts';
import { withoutCredentials } from './quote.ts';
import { type Config, configOf } from './schema.ts';

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
): Promise<{ readonly text: string } | { readonly mistakes: readonly Mistake[] }> {
  try {
    return { text: await readFile(file, 'utf8') };
  } catch (error) {
    return { mistakes: [{ file, line: null, key: '', message: unreadable(error, 'a configuration file') }] };
  }
}

/** A configuration file's text, with the files that it names. */
export async function loadText(text: string, file: string): Promise<ConfigResult> {
  const result = readConfig(text, file);
  if ('mistakes' in result) return result;
  const mistakes = await unreadableCertificates(result.config, file);
  return mistakes.length === 0 ? result : { mistakes };
}

/** A file that a key names is part of the configuration: it must be there before anything starts. */
async function unreadableCertificates({ stable, candidate }: Config, file: string): Promise<Mistake[]> {
  const mistakes: Mistake[] = [];
  for (const [side, release] of Object.entries({ stable, candidate })) {
    if (release?.ca === undefined) continue;
    try {
      const pem = await readFile(release.ca, 'utf8');
      if (pem.includes('-----BEGIN CERTIFICATE-----')) continue;
      mistakes.push({ file, line: null, key: `${side}.ca`, message: `expected PEM certificates in ${release.ca}` });
    } catch (error) {
      const message = `${unreadable(error, 'a file of certificates')}: ${release.ca}`;
      mistakes.push({ file, line: null, key: `${side}.ca`, message });
    }
  }
  return mistakes;
}

/** Reads the text of a configuration file; `fileName` is only for messages. Mistakes come in the order of lines. */
export function readConfig(text: string, fileName: string): ConfigResult {
  const { document, mistakes: inSyntax } = readDocument(text);
  const mistakes: Mistake[] = inSyntax.map(({ line, path, message }) => {
    return { file: fileName, line, key: formatPath(path), message };
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
      const whole = quoteValue ? `${message}, got ${document.shown(path)}` : message;
      return {
        file: fileName,
        line: document.lineOf(path),
        key: formatPath(path),
        message: withoutCredentials(whole),
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
      return `expected a file that can be read: ${error instanceof Error ? error.message : String(error)}`;
  }
}
