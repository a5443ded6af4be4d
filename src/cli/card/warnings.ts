import { phraseRatio } from '../../health/phrase.ts';
import type { StatusView } from '../../model/view.ts';
import { fleetWarningsOf } from './fleet.ts';
import { phraseCount, phrasePercent, phraseTime } from './phrase.ts';

/** What a person must not overlook, the worst first; a sentence each. */
export function warningsOf(status: StatusView, nowMs: number): string[] {
  const { recording, automation, configuration, splitSuspicion, rolloutWeights, probe, fleet } = status;
  const warnings: string[] = [];
  if (!recording.writable) {
    const since = recording.since === undefined ? '' : ` since ${phraseTime(recording.since, nowMs)}`;
    warnings.push(
      `THE JOURNAL CANNOT BE WRITTEN${since}: ${recording.error ?? 'no reason given'}. The candidate's share may only fall. Mend it or make room: it is tried again every second.`,
    );
  }
  if (automation.frozen) {
    warnings.push(`THE BREAKER IS FROZEN: ${automation.reason ?? ''}. To lift it: weir automation on --reason TEXT`);
  } else if (!automation.enabled) {
    warnings.push(
      `AUTOMATION IS OFF: ${automation.reason ?? ''}. The guards go on; nothing starts or advances by itself until weir automation on.`,
    );
  }
  if (!configuration.successful) {
    const [first = 'no reason given', ...others] = configuration.mistakes;
    const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
    const since = phraseTime(configuration.since, nowMs);
    warnings.push(
      `THE CONFIGURATION FILE WAS REFUSED, that of ${since} is in force: ${first}${more}. Correct it: it is read again when it changes.`,
    );
  }
  const failing = stableFailing(status);
  if (failing !== null) warnings.push(`STABLE ITSELF FAILS: ${failing}. Weir cannot help there: look at the service.`);
  if (splitSuspicion !== undefined) warnings.push(`THE SPLIT LOOKS WRONG: ${splitSuspicion}`);
  for (const side of ['stable', 'candidate'] as const) {
    const summary = probe[side];
    if (summary !== null && !summary.up) {
      warnings.push(
        `THE PROBE OF ${side.toUpperCase()} FAILS: ${summary.failures} of ${summary.of}, last: ${summary.last}`,
      );
    }
  }
  if (fleet !== null) warnings.push(...fleetWarningsOf(fleet, nowMs));
  if (rolloutWeights !== undefined && fleet?.withdrawnHere == null) {
    const asked = phrasePercent(rolloutWeights.candidate);
    warnings.push(`${asked} FOR THE CANDIDATE IS ASKED FOR and not in force, because it is not yet on disk.`);
  }
  return warnings;
}

/** Fewer failures than this may be chance. */
const FAILURES_THAT_COUNT = 5;

/** How stable does by the candidate's limit, when it breaks that; null when it does not. */
function stableFailing({ window: { stable }, guards: { errorsRatio } }: StatusView): string | null {
  const { requests, errors, errorRatio } = stable;
  if (errorRatio === null || errorsRatio === null) return null;
  if (errors < FAILURES_THAT_COUNT || errorRatio <= errorsRatio) return null;
  return `${phraseRatio(errorRatio)} of its requests (${phraseCount(errors)} of ${phraseCount(requests)}), the candidate's limit is ${phraseRatio(errorsRatio)}`;
}
