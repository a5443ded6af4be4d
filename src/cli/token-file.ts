import { open, readFile } from 'node:fs/promises';
import { formatMistake } from '../config/load.ts';
import { readTokens } from '../config/tokens.ts';
import type { TokenRecord } from '../model/identity.ts';
import { messageOf } from '../support/message.ts';

/** A tokens file that is not to be added to; its message is for a person. */
export class TokenFileError extends Error {}

/** What the file holds. One that is not there is mistyped sooner than empty. */
export async function tokensIn(file: string): Promise<readonly TokenRecord[]> {
  const text = await textOf(file);
  if (text === null) throw new TokenFileError(`${file}: expected a file of tokens, but it does not exist`);
  return recordsOf(text, file);
}

function recordsOf(text: string, file: string): readonly TokenRecord[] {
  const result = readTokens(text, file);
  if ('tokens' in result) return result.tokens;
  throw new TokenFileError(result.mistakes.map(formatMistake).join('\n'));
}

/**
 * Adds a line at the end, in one write that the system appends whole: of two who add at once neither overwrites the
 * other, without a lock. A new file is for its owner alone. A file with mistakes, such as a line that a full disk has
 * cut, is left as it is, because Weir would believe none of it.
 */
export async function appendLine(file: string, line: string): Promise<void> {
  const text = (await textOf(file)) ?? '';
  recordsOf(text, file);
  const isOpenEnded = text !== '' && !text.endsWith('\n');
  const bytes = Buffer.from(isOpenEnded ? `\n${line}` : line);
  const handle = await open(file, 'a', 0o600).catch((error: unknown) => {
    throw new TokenFileError(`${file} cannot be written: ${messageOf(error)}`, { cause: error });
  });
  try {
    const { bytesWritten } = await handle.write(bytes);
    await handle.datasync();
    if (bytesWritten < bytes.length)
      throw new TokenFileError(`${file}: the disk is full; its last line is cut, remove it`);
  } finally {
    await handle.close();
  }
}

/** Null where there is no such file. */
async function textOf(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new TokenFileError(`${file} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}
