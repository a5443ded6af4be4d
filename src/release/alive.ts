import { readFile, rename, writeFile } from 'node:fs/promises';
import { z } from 'zod';

/** When Weir was last alive, and the last event that was on disk then. */
export interface Sign {
  /** Wall clock. */
  readonly atMs: number;
  readonly seq: number;
}

const sign = z.object({ at: z.iso.datetime(), seq: z.int().min(0) });

/** Null where there is none, or none that makes sense: it is a help, and a start never depends on it. */
export async function readSign(path: string): Promise<Sign | null> {
  try {
    const { at, seq } = sign.parse(JSON.parse(await readFile(path, 'utf8')));
    return { atMs: Date.parse(at), seq };
  } catch {
    return null;
  }
}

/** By way of a temporary file, so that it is never found half written. */
export async function leaveSign(path: string, { atMs, seq }: Sign): Promise<void> {
  const text = `${JSON.stringify({ at: new Date(atMs).toISOString(), seq })}\n`;
  await writeFile(`${path}.tmp`, text);
  try {
    await rename(`${path}.tmp`, path);
  } catch (error) {
    // A directory stands in its place: nothing that matters is lost without it.
    if ((error as NodeJS.ErrnoException).code !== 'EISDIR') throw error;
  }
}
