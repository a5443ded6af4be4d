import type { StatusView } from '../model/view.ts';
import { sentenceOf } from './card/headline.ts';

/**
 * When a wait is over. It waits for one version, because a pipeline asks about its own release and about no other:
 *
 * - promoted: the version is stable and its bake is over, because until then the guards may still take it out
 * - rolled back: the latch holds, and it was this version that was taken out, also when that was before the wait began
 * - gone: the version was there and is there no more, replaced or withdrawn without a rollback
 *
 * A version that was named and has not come yet is waited for, unless the releases know that it was taken out before; a
 * rollback of another one before it is not its own.
 */
export interface Awaited {
  readonly version: string;
  /** Whether it has been there since the wait began. */
  readonly isSeen: boolean;
}

export type Ending = 'promoted' | 'rolled-back' | 'gone';

/** How a wait ended. */
export interface Fate {
  readonly ending: Ending;
  /** What it was taken out for, where that is known. */
  readonly reason?: string | undefined;
}

/** The version to wait for when none was named: the one under way. Null where there is none. */
export function versionUnderWay({ phase, stable, candidate }: StatusView): string | null {
  return phase === 'promoted' ? stable.version : (candidate?.version ?? null);
}

/** Null while there is something to wait for. */
export function endingOf(status: StatusView, { version, isSeen }: Awaited): Ending | null {
  const { phase, stable, candidate } = status;
  if (stable.version === version) return phase === 'promoted' ? null : 'promoted';
  if (candidate?.version === version) return phase === 'rolled-back' ? 'rolled-back' : null;
  return isSeen ? 'gone' : null;
}

/** The wait after one more look. */
export function afterLook(status: StatusView, { version, isSeen }: Awaited): Awaited {
  const isThere = status.stable.version === version || status.candidate?.version === version;
  return { version, isSeen: isSeen || isThere };
}

/** How it ended, in one sentence. */
export function phraseEnding({ ending, reason }: Fate, version: string, status: StatusView): string {
  switch (ending) {
    case 'promoted':
      return `${version} is stable, and its bake is over`;
    case 'rolled-back':
      // Where another one has been sent out since, the reason in the status is that one's.
      return `${version} was taken out: ${reason ?? (status.candidate?.version === version ? status.reason : sentenceOf(status))}`;
    case 'gone':
      return `${version} is no longer the candidate: ${sentenceOf(status)}`;
  }
}
