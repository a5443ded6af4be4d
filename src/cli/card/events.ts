import type { RolloutEvent } from '../../model/event.ts';
import { alignedLines } from '../columns.ts';
import { squeeze } from '../fit.ts';
import { phrasePercent, phraseTime } from './phrase.ts';

/** Events, a line each, in the order given. @param versionColumns for a version at most. */
export function eventLines(events: readonly RolloutEvent[], nowMs: number, versionColumns = Infinity): string[] {
  return alignedLines(
    events.map((event) => {
      const { at, type, actor, reason } = event;
      const version = squeeze(versionIn(event), versionColumns);
      return [phraseTime(at, nowMs), type, version, shareIn(event), `${actor}: ${reason}`];
    }),
  );
}

/** What the release it is about gets. At the end of a bake that release changes sides, and no request its way. */
function shareIn({ type, weights: { before, after } }: RolloutEvent): string {
  if (type === 'baked') return phrasePercent(after.stable);
  const moved = before.candidate === after.candidate ? '' : ` (was ${phrasePercent(before.candidate)})`;
  return `${phrasePercent(after.candidate)}${moved}`;
}

/** Whom it is about: during a promotion there is no candidate, but a release that has just become stable. */
function versionIn({ phase, candidate, stable, type }: RolloutEvent): string {
  return candidate?.version ?? (phase === 'promoted' || type === 'baked' ? stable.version : '-');
}
