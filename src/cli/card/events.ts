import type { RolloutEvent } from '../../model/event.ts';
import { alignedLines } from '../columns.ts';
import { squeeze } from '../fit.ts';
import { phrasePercent, phraseTime } from './phrase.ts';

/** Events, a line each, in the order given. @param versionColumns for a version at most. */
export function eventLines(events: readonly RolloutEvent[], nowMs: number, versionColumns = Infinity): string[] {
  return alignedLines(
    events.map((event) => {
      const { at, type, actor, reason } = event;
      const subject = squeeze(subjectOf(event), versionColumns);
      return [phraseTime(at, nowMs), type, subject, shareIn(event), `${actor}: ${reason}`];
    }),
  );
}

/** What the release it is about gets. At the end of a bake that release changes sides, and no request its way. */
function shareIn({ type, weights: { before, after } }: RolloutEvent): string {
  if (type === 'registered' || type === 'automation-set' || type === 'token-spent') return '';
  if (type === 'baked') return phrasePercent(after.stable);
  const moved = before.candidate === after.candidate ? '' : ` (was ${phrasePercent(before.candidate)})`;
  return `${phrasePercent(after.candidate)}${moved}`;
}

/**
 * What it is about: a version (during a promotion there is no candidate, but a release that has just become stable), or
 * how automation stands now.
 */
function subjectOf({ phase, candidate, stable, type, releases, automation }: RolloutEvent): string {
  if (type === 'registered') return releases.at(-1)?.release.version ?? '-';
  if (type === 'automation-set') return automation.state;
  if (type === 'token-spent') return '-';
  return candidate?.version ?? (phase === 'promoted' || type === 'baked' ? stable.version : '-');
}
