import { open, readFile } from 'node:fs/promises';
import { formatMistake } from '../config/load.ts';
import { readTokens } from '../config/tokens.ts';
import type { TokenRecord } from '../model/identity.ts';

/** A tokens file that is not to be added to; its message is for a person. */
export class TokenFileError extends Error {}

/** What the file holds; a file that is not there yet holds nothing. */
export async function tokensIn(file: string): Promise<readonly TokenRecord[]> {
  const result = readTokens(await textOf(file), file);
  if ('tokens' in result) return result.tokens;
  throw new TokenFileError(result.mistakes.map(formatMistake).join('\n'));
}

/**
 * Adds a line at the end, in one write that the system appends whole: of two who add at once neither overwrites the
 * other, without a lock. A new file is for its owner alone. A file with mistakes, such as a line that a full disk has
 * cut, is left as it is, because Weir would believe none of it.
 */
export async function appendLine(file: string, line: string): Promise<void> {
  await tokensIn(file);
  const text = await textOf(file);
  const isOpenEnded = text !== '' && !text.endsWith('\n');
  const bytes = Buffer.from(isOpenEnded ? `\n${line}` : line);
  const handle = await open(file, 'a', 0o600);
  try {
    const { bytesWritten } = await handle.write(bytes);
    await handle.datasync();
    if (bytesWritten < bytes.length)
      throw new TokenFileError(`${file}: the disk is full; its last line is cut, remove it`);
  } finally {
    await handle.close();
  }
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw new TokenFileError(`${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}
