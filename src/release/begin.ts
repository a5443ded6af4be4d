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
  /** A fleet has gone on meanwhile: what its members agree on counts, and not how long this one was away. */
  readonly isJoined?: boolean;
  /** The fleet has gone on from what the file declares: a member of yesterday does not bring yesterday back. */
  readonly isLeftBehind?: boolean;
}

export const LEFT_BEHIND =
  'the configuration file declares what the fleet has gone on from; the fleet is followed; to declare it all the same, read the file again (SIGHUP)';

/** The first input after a start: what the journal remembered meets what the configuration declares. */
export async function begin(beginning: Beginning): Promise<void> {
  const {
    opened,
    declaration,
    control,
    log,
    resumeWithinMs,
    nowMs,
    isJoined = false,
    isLeftBehind = false,
  } = beginning;
  const { setAside, cutBytes, aliveMs } = opened;
  if (cutBytes > 0 && setAside === null)
    log.warn({ bytes: cutBytes }, 'the journal ended inside a line, which was cut off');
  if (setAside !== null) {
    const { mistake, path } = setAside;
    const reason =
      path === null ? `journal lost: ${mistake}` : `journal unreadable (${mistake}); it was set aside as ${path}`;
    if (!isJoined) {
      await control.take({ kind: 'journal-set-aside', declaration, reason });
      return;
    }
    log.warn({}, `${reason}; the fleet knows where its rollout stands`);
  }
  // A last sign of life that lies ahead says that the clock was set back, and so nothing about the length of the stop.
  const lapsed = !isJoined && aliveMs !== null && Math.abs(nowMs - aliveMs) > resumeWithinMs;
  if (isLeftBehind) {
    log.warn({}, LEFT_BEHIND);
  } else {
    await control.take({ kind: 'declare', declaration, lapsed });
  }
  // Where the file says nothing new, nothing has been published yet of what the journal remembers.
  await control.resume();
}
