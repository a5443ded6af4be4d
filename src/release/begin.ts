import type { Declaration } from '../model/rollout.ts';
import type { Control } from './control.ts';
import type { Opened } from './journal.ts';

interface Beginning {
  readonly opened: Opened;
  readonly declaration: Declaration;
  readonly control: Control;
  readonly log: { warn(fields: object, message: string): void };
  readonly resumeWithinMs: number;
  /** Wall clock. */
  readonly nowMs: number;
}

/** The first input after a start: what the journal remembered meets what the configuration declares. */
export async function begin({ opened, declaration, control, log, resumeWithinMs, nowMs }: Beginning): Promise<void> {
  const { setAside, cutBytes, aliveMs } = opened;
  if (cutBytes > 0 && setAside === null)
    log.warn({ bytes: cutBytes }, 'the journal ended inside a line, which was cut off');
  if (setAside !== null) {
    const reason = `journal unreadable (${setAside.mistake}); it was set aside as ${setAside.path}`;
    await control.take({ kind: 'journal-set-aside', declaration, reason });
    return;
  }
  // A last sign of life that lies ahead says that the clock was set back, and so nothing about the length of the stop.
  const lapsed = aliveMs !== null && Math.abs(nowMs - aliveMs) > resumeWithinMs;
  await control.take({ kind: 'declare', declaration, lapsed });
  // Where the file says nothing new, nothing has been published yet of what the journal remembers.
  await control.resume();
}
