import type { StatusView } from '../model/view.ts';
import { sentenceOf } from './card/headline.ts';
import { phrasePercent } from './card/phrase.ts';
import { secondOf } from './card/sides.ts';

/** What a change did, in one or two lines. */
export function outcomeOf(before: StatusView, after: StatusView): string[] {
  if (before.revision === after.revision) return [`nothing changed: ${sentenceOf(after)}`];
  const version = after.candidate?.version ?? after.stable.version;
  const [was, is] = [shareOf(before, version), shareOf(after, version)];
  const moved = was === is ? [] : [`${version} now gets ${phrasePercent(is)} (was ${phrasePercent(was)})`];
  const asked = after.rolloutWeights;
  const when =
    after.fleet?.withdrawnHere == null
      ? 'and in force once it is on disk'
      : 'but this sidecar has gone back to stable by itself';
  const pending = asked === undefined ? [] : [`${phrasePercent(asked.candidate)} is asked for, ${when}`];
  const stands = `${after.phase} at revision ${after.revision}: ${sentenceOf(after)}`;
  return [...moved, ...pending, stands];
}

/** What a version gets, in percent, whichever side it is on. */
function shareOf(status: StatusView, version: string): number {
  if (status.stable.version === version) return status.weights.stable;
  return secondOf(status)?.version === version ? status.weights.candidate : 0;
}

/** What became of automation, in one line. */
export function automationOutcomeOf(before: StatusView, after: StatusView): string[] {
  const [was, is] = [phraseAutomation(before), phraseAutomation(after)];
  return [was === is ? `nothing changed: automation is ${is}` : `automation is ${is} (was ${was})`];
}

function phraseAutomation({ automation: { enabled, frozen, reason } }: StatusView): string {
  if (enabled) return 'on';
  return `${frozen ? 'frozen' : 'off'}${reason === undefined ? '' : `: ${reason}`}`;
}
