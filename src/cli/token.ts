import { readConfig, readText } from '../config/load.ts';
import type { Mistake } from '../config/load.ts';
import { textOfMistakes } from '../config/mistake-views.ts';
import { lineOfRevocation, lineOfToken } from '../config/tokens.ts';
import type { Role } from '../model/identity.ts';
import { systemClock } from '../support/clock.ts';
import { secretBytes } from '../support/random.ts';
import { quoted } from '../support/quote.ts';
import { mintToken } from '../support/token.ts';
import { columnsOf } from './columns.ts';
import { EXIT } from './exit.ts';
import type { Format, Output } from './output.ts';
import { tellProblem } from './problem.ts';
import { appendLine, TokenFileError, tokensIn } from './token-file.ts';

/** Which tokens file: itself, or the one that a configuration names; and how to answer. */
export interface Place {
  readonly file?: string;
  readonly config?: string;
  readonly output: Format;
}

export interface Wish extends Place {
  readonly name: string;
  readonly role: Role;
  readonly once: boolean;
  /** Milliseconds. */
  readonly ttl?: number;
}

/** A one-time token must expire, and so does one for which nobody says when. */
const ONCE_FOR_MS = 24 * 3_600_000;

/** Runs on the tokens file that is meant, and says what stands in the way. */
async function onFile(place: Place, write: Output, work: (file: string) => Promise<number>): Promise<number> {
  const found = await fileOf(place);
  if ('file' in found) return work(found.file).catch((error: unknown) => told(error, place, write));
  if ('mistakes' in found) {
    write.error(textOfMistakes(found.mistakes, place.output));
    return EXIT.badConfiguration;
  }
  tellProblem(problem(`expected --file FILE or --config FILE, got ${found.given}`), place.output, write);
  return EXIT.usage;
}

/** Makes a token: prints it once, and keeps its hash. */
export function createToken(wish: Wish, write: Output): Promise<number> {
  return onFile(wish, write, async (file) => {
    const { name, role, once, ttl = once ? ONCE_FOR_MS : null } = wish;
    const nowMs = systemClock.wallMs();
    const expiresAtMs = ttl === null ? null : nowMs + ttl;
    const { id, sha256, token } = mintToken(secretBytes);
    await appendLine(file, lineOfToken({ id, name, role, sha256, createdAtMs: nowMs, expiresAtMs, once }));
    if (wish.output === 'json') {
      const expires = expiresAtMs === null ? null : new Date(expiresAtMs).toISOString();
      write.out(`${JSON.stringify({ token, id, name, role, once, expires })}\n`);
      return EXIT.ok;
    }
    write.out(`${token}\n`);
    const until = expiresAtMs === null ? 'until it is revoked' : `until ${new Date(expiresAtMs).toISOString()}`;
    const what = `${role} ${id} for ${name}, good ${once ? 'for one change ' : ''}${until}`;
    write.error(`${what}; it is shown this once, ${file} holds its hash\n`);
    return EXIT.ok;
  });
}

/** Lists what the file holds; whether a one-time token is spent, only the sidecar knows. */
export function listTokens(place: Place, write: Output): Promise<number> {
  return onFile(place, write, async (file) => {
    const tokens = (await tokensIn(file)).map(({ id, name, role, once, expiresAtMs }) => {
      const expires = expiresAtMs === null ? null : new Date(expiresAtMs).toISOString();
      return { id, name, role, once, expires, expired: expiresAtMs !== null && expiresAtMs <= systemClock.wallMs() };
    });
    if (place.output === 'json') write.out(`${JSON.stringify({ tokens })}\n`);
    else {
      const rows = tokens.map(({ id, name, role, once, expires, expired }) => {
        return [id, role, name, once ? 'once' : '', expires ?? 'never', expired ? 'expired' : ''];
      });
      write.out(columnsOf([['id', 'role', 'name', '', 'expires', ''], ...rows]));
    }
    return EXIT.ok;
  });
}

/** Makes a token good for nothing. */
export function revokeToken(id: string, place: Place, write: Output): Promise<number> {
  return onFile(place, write, async (file) => {
    if (!(await tokensIn(file)).some((token) => token.id === id)) {
      const detail = `expected the id of a token in ${file} (\`weir token list\` shows them), got ${quoted(id)}`;
      tellProblem(problem(detail), place.output, write);
      return EXIT.failed;
    }
    await appendLine(file, lineOfRevocation(id, systemClock.wallMs()));
    if (place.output === 'json') write.out(`${JSON.stringify({ revoked: id })}\n`);
    else write.error(`${id} is revoked; a running Weir notices within two seconds\n`);
    return EXIT.ok;
  });
}

/** The tokens file itself, or the one that a configuration names; other mistakes of that configuration are not asked for. */
async function fileOf({
  file,
  config,
}: Place): Promise<
  { readonly file: string } | { readonly mistakes: readonly Mistake[] } | { readonly given: 'neither' | 'both' }
> {
  if (file !== undefined) return config === undefined ? { file } : { given: 'both' };
  if (config === undefined) return { given: 'neither' };
  const read = await readText(config);
  const result = 'text' in read ? readConfig(read.text, config) : read;
  if ('mistakes' in result) return result;
  const { tokensFile } = result.config.admin;
  if (tokensFile !== null) return { file: tokensFile };
  const message = 'expected a path to a file, got nothing';
  return { mistakes: [{ file: config, line: null, key: 'admin.tokensFile', message }] };
}

function told(error: unknown, { output }: Place, write: Output): number {
  const isExpected = error instanceof TokenFileError || (error instanceof Error && 'syscall' in error);
  if (!isExpected) throw error;
  tellProblem(problem(error.message), output, write);
  return EXIT.failed;
}

const problem = (detail: string) => ({ code: 'tokens', title: 'The tokens file cannot be used like this', detail });
