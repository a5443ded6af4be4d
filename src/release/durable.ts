import { open, rename } from 'node:fs/promises';
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

/** Gives a file another name; whoever has taken it away meanwhile has done the same. */
export async function moveAway(path: string, to: string): Promise<void> {
  try {
    await rename(path, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
