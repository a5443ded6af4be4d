import { formatMistake, readConfig, readText } from '../config/load.ts';
import { lineOfRevocation, lineOfToken } from '../config/tokens.ts';
import type { Role } from '../model/identity.ts';
import { systemClock } from '../support/clock.ts';
import { secretBytes } from '../support/random.ts';
import { mintToken } from '../support/token.ts';
import { columnsOf } from './columns.ts';
import { EXIT } from './exit.ts';
import type { Format, Output } from './output.ts';
import { appendLine, TokenFileError, tokensIn } from './token-file.ts';

/** Which tokens file: itself, or the one that a configuration names. */
export interface Place {
  readonly file?: string;
  readonly config?: string;
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
  if ('file' in found) return work(found.file).catch((error: unknown) => told(error, write));
  write.error(`${found.mistake}\n`);
  return place.config === undefined ? EXIT.usage : EXIT.badConfiguration;
}

/** Makes a token: prints it once, and keeps its hash. */
export function createToken(wish: Wish, write: Output): Promise<number> {
  return onFile(wish, write, async (file) => {
    const { name, role, once, ttl = once ? ONCE_FOR_MS : null } = wish;
    const nowMs = systemClock.wallMs();
    const expiresAtMs = ttl === null ? null : nowMs + ttl;
    const { id, sha256, token } = mintToken(secretBytes);
    await appendLine(file, lineOfToken({ id, name, role, sha256, createdAtMs: nowMs, expiresAtMs, once }));
    write.out(`${token}\n`);
    const until = expiresAtMs === null ? 'until it is revoked' : `until ${new Date(expiresAtMs).toISOString()}`;
    const what = `${role} ${id} for ${name}, good ${once ? 'for one change ' : ''}${until}`;
    write.error(`${what}; it is shown this once, ${file} holds its hash\n`);
    return EXIT.ok;
  });
}

/** Lists what the file holds; whether a one-time token is spent, only the sidecar knows. */
export function listTokens(place: Place, format: Format, write: Output): Promise<number> {
  return onFile(place, write, async (file) => {
    const tokens = (await tokensIn(file)).map(({ id, name, role, once, expiresAtMs }) => {
      const expires = expiresAtMs === null ? null : new Date(expiresAtMs).toISOString();
      return { id, name, role, once, expires, expired: expiresAtMs !== null && expiresAtMs <= systemClock.wallMs() };
    });
    if (format === 'json') write.out(`${JSON.stringify({ tokens })}\n`);
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
      write.error(`expected the id of a token in ${file} (\`weir token list\` shows them)\n`);
      return EXIT.failed;
    }
    await appendLine(file, lineOfRevocation(id, systemClock.wallMs()));
    write.error(`${id} is revoked; a running Weir notices within two seconds\n`);
    return EXIT.ok;
  });
}

/** The tokens file itself, or the one that a configuration names; other mistakes of that configuration are not asked for. */
async function fileOf({ file, config }: Place): Promise<{ readonly file: string } | { readonly mistake: string }> {
  if (file !== undefined) return { file };
  if (config === undefined) return { mistake: 'expected --file FILE or --config FILE' };
  const read = await readText(config);
  const result = 'text' in read ? readConfig(read.text, config) : read;
  if ('mistakes' in result) return { mistake: result.mistakes.map(formatMistake).join('\n') };
  const { tokensFile } = result.config.admin;
  if (tokensFile !== null) return { file: tokensFile };
  return { mistake: `${config}: admin.tokensFile: expected a path to a file` };
}

function told(error: unknown, write: Output): number {
  const isExpected = error instanceof TokenFileError || (error instanceof Error && 'syscall' in error);
  if (!isExpected) throw error;
  write.error(`${error.message}\n`);
  return EXIT.failed;
}
