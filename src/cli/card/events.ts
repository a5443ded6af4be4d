import type { RolloutEvent } from '../../model/event.ts';
import { alignedLines } from '../columns.ts';
import { phrasePercent, phraseTime } from './phrase.ts';

/** Events, a line each, in the order given. */
export function eventLines(events: readonly RolloutEvent[], nowMs: number): string[] {
  return alignedLines(
    events.map((event) => {
      const { at, type, weights, actor, reason } = event;
      const { before, after } = weights;
      const moved = before.candidate === after.candidate ? '' : ` (was ${phrasePercent(before.candidate)})`;
      const share = `${phrasePercent(after.candidate)}${moved}`;
      return [phraseTime(at, nowMs), type, versionIn(event), share, `${actor}: ${reason}`];
    }),
  );
}

/** Whom it is about: during a promotion there is no candidate, but a release that has just become stable. */
function versionIn({ phase, candidate, stable, type }: RolloutEvent): string {
  return candidate?.version ?? (phase === 'promoted' || type === 'baked' ? stable.version : '-');
}
