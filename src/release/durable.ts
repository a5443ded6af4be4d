import type { FileHandle } from 'node:fs/promises';
import { open, readFile, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Makes a new name in a directory survive a power cut. */
export async function syncDirectory(dir: string): Promise<void> {
  const handle = await open(dir, 'r');
  await handle.sync();
  await handle.close();
}

/** Replaces a file whole: whoever dies in between leaves the former one or the new one. */
export async function replaceFile(path: string, bytes: Buffer): Promise<void> {
  const temporary = await open(`${path}.tmp`, 'w');
  try {
    await temporary.writeFile(bytes);
    await temporary.datasync();
  } finally {
    await temporary.close();
  }
  await rename(`${path}.tmp`, path);
  await syncDirectory(dirname(path));
}

/** Where a file is put that must not be lost and cannot be used. */
export function asidePathOf(path: string, wallMs: number): string {
  return `${path}.corrupt-${new Date(wallMs).toISOString().replaceAll(/[:.]/g, '-')}`;
}

/** Gives a file another name; whoever has taken it away meanwhile has done the same. */
export async function moveAway(path: string, to: string): Promise<void> {
  try {
    await rename(path, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/** A file's bytes; null where there is none. */
export async function readIfThere(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if (isAbsence(error)) return null;
    throw error;
  }
}

/** How what a name leads to relates to the open file that was found there once, with so many bytes in it. */
export type Presence = 'same' | 'shortened' | 'grown' | 'replaced' | 'gone';

/**
 * Whether an open file is still the one that its name leads to. What is written to a file whose name is gone succeeds,
 * and nobody will ever read it.
 */
export async function presenceOf(file: FileHandle, path: string, bytes: number): Promise<Presence> {
  const [held, there] = await Promise.all([
    file.stat(),
    stat(path).catch((error: unknown) => {
      if (isAbsence(error)) return null;
      throw error;
    }),
  ]);
  if (there === null) return 'gone';
  if (there.ino !== held.ino || there.dev !== held.dev) return 'replaced';
  if (there.size > bytes) return 'grown';
  return there.size < bytes ? 'shortened' : 'same';
}

function isAbsence(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
}
