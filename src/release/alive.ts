import { readFile, rename, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import type { RolloutEvent } from '../model/event.ts';

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

/** What of the journal must once have been there and is not, with the whole of it or at its end; null when nothing is missed. */
export function lossOf(events: readonly RolloutEvent[], sign: Sign | null, exists: boolean): string | null {
  // In a fleet's journal the last one need not be the highest.
  const seq = events.reduce((highest, event) => Math.max(highest, event.seq), 0);
  if (sign === null || sign.seq <= seq) return null;
  return `${exists ? `it ends at event ${seq}` : 'it is gone'}, but event ${sign.seq} was written before`;
}

/** The last sign of life; without one, the last event's time. */
export function aliveMsOf(events: readonly RolloutEvent[], sign: Sign | null): number | null {
  const eventMs = Date.parse(events.at(-1)?.at ?? '');
  if (Number.isNaN(eventMs)) return null;
  return Math.max(sign?.atMs ?? 0, eventMs);
}
