import { phraseMs, phraseRatio } from '../../health/phrase.ts';
import type { WindowSummary } from '../../model/status.ts';
import type { Guards } from '../../model/guards.ts';
import type { StatusView } from '../../model/view.ts';
import { formatDuration } from '../../support/units.ts';
import { alignedLines } from '../columns.ts';
import { squeeze } from '../fit.ts';
import type { Paint } from '../output.ts';
import { phraseCount, phrasePercent } from './phrase.ts';

const BAR_CELLS = 30;

/** Who gets how much, with a bar. @param versionColumns for a version at most. */
export function weightLines(status: StatusView, paint: Paint, versionColumns: number): string[] {
  const { stable, weights } = status;
  const second = secondOf(status);
  const version = squeeze(stable.version, versionColumns);
  const rows = [['stable', version, phrasePercent(weights.stable), paint('green', barOf(weights.stable))]];
  if (second !== null) {
    rows.push([
      second.name,
      squeeze(second.version, versionColumns),
      phrasePercent(weights.candidate),
      paint('yellow', barOf(weights.candidate)),
    ]);
  }
  return alignedLines(rows);
}

/** What both windows hold, with the limits in force while somebody stands beside stable. */
export function windowLines(status: StatusView): string[] {
  const { window, guards } = status;
  const second = secondOf(status);
  return alignedLines([
    [`in the last ${formatDuration(guards.windowMs)}`, 'requests', 'failures', 'P95'],
    ['  stable', ...cellsOf(window.stable)],
    ...(second === null ? [] : [[`  ${second.name}`, ...cellsOf(window.candidate)]]),
    ...(second === null ? [] : [['  limit', '', ...limitsOf(guards)]]),
  ]);
}

/** Who stands beside stable. */
export function secondOf({
  candidate,
  former,
}: StatusView): { readonly name: string; readonly version: string } | null {
  if (candidate !== null) return { name: 'candidate', version: candidate.version };
  return former === undefined ? null : { name: 'former', version: former.version };
}

function cellsOf({ requests, errors, errorRatio, p95Ms }: WindowSummary): string[] {
  const ratio = errorRatio === null ? '' : ` (${phraseRatio(errorRatio, 2)})`;
  return [phraseCount(requests), `${phraseCount(errors)}${ratio}`, p95Ms === null ? '-' : phraseMs(p95Ms)];
}

function limitsOf({ errorsRatio, p95Ms }: Guards): string[] {
  return [errorsRatio === null ? 'none' : phraseRatio(errorsRatio), p95Ms === null ? 'none' : phraseMs(p95Ms)];
}

/** As many cells as the share says, but never none for a little and never all for nearly everything. */
function barOf(percent: number): string {
  const cells = Math.round((percent / 100) * BAR_CELLS);
  const filled = percent <= 0 ? 0 : percent >= 100 ? BAR_CELLS : Math.min(BAR_CELLS - 1, Math.max(1, cells));
  return '█'.repeat(filled) + '░'.repeat(BAR_CELLS - filled);
}
