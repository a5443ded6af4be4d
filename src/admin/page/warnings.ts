import type { StatusView } from '../../model/view.ts';
import { ratioOf } from './words.ts';

/** Something that a person must know whatever the phase. */
export interface Warning {
  readonly title: string;
  readonly text: string;
}

export function warningsOf(status: StatusView): Warning[] {
  const { recording, configuration, splitSuspicion, automation, rolloutWeights, probe, fleet } = status;
  const all: (Warning | false)[] = [
    !recording.writable && {
      title: 'The journal cannot be written',
      text: `${recording.error ?? 'No reason given'}. The candidate's share may only fall. Mend it or make room: it is tried again every second.`,
    },
    automation.frozen && {
      title: 'The breaker has frozen automation',
      text: `${automation.reason ?? 'too many rollbacks'}. Nothing starts or advances until a person lifts it.`,
    },
    !automation.enabled &&
      !automation.frozen && { title: 'Automation is off', text: automation.reason ?? 'A person switched it off.' },
    !configuration.successful && {
      title: 'The configuration file was refused',
      text: `The one before it stays in force. Correct it: it is read again when it changes. ${configuration.mistakes.join(' · ')}`,
    },
    stableFailing(status),
    splitSuspicion !== undefined && { title: 'The split looks wrong', text: splitSuspicion },
    rolloutWeights !== undefined &&
      !fleet?.withdrawnHere && {
        title: 'A weight is not in force yet',
        text: `${rolloutWeights.candidate} % for the candidate will be, once it is on disk.`,
      },
    ...fleetWarningsOf(fleet),
    probe.stable?.up === false && { title: 'Stable fails its probes', text: probe.stable.last },
    probe.candidate?.up === false && { title: 'The candidate fails its probes', text: probe.candidate.last },
  ];
  return all.filter((warning) => warning !== false);
}

/** Without its store a fleet goes on as it was: that is told, and nobody need hurry for the traffic's sake. */
function fleetWarningsOf(fleet: StatusView['fleet']): (Warning | false)[] {
  if (fleet === null) return [];
  const { connected, withdrawnHere, obstacle, warning } = fleet;
  return [
    !connected && {
      title: "The fleet's store does not answer",
      text: `Traffic goes on, the split stays, and this sidecar can still fall back by itself. Nothing can be raised${obstacle === null ? '' : ` (${obstacle})`}.`,
    },
    withdrawnHere !== null && { title: 'This sidecar alone has gone back to stable', text: withdrawnHere },
    connected && obstacle !== null && { title: 'Nothing may rise for now', text: obstacle },
    warning !== null && { title: 'The limits cannot be kept in time', text: warning },
  ];
}

/** Fewer failures than this may be chance. */
const FAILURES_THAT_COUNT = 5;

/** That stable breaks the candidate's limit, when it does. Nobody takes stable out. */
function stableFailing({ window: { stable }, guards: { errorsRatio } }: StatusView): Warning | false {
  const { requests, errors, errorRatio } = stable;
  if (errorRatio === null || errorsRatio === null) return false;
  if (errors < FAILURES_THAT_COUNT || errorRatio <= errorsRatio) return false;
  const share = `${ratioOf(errorRatio)} of its requests (${errors} of ${requests})`;
  return {
    title: 'Stable itself fails',
    text: `${share}, the candidate's limit is ${ratioOf(errorsRatio)}. Weir cannot help there: look at the service.`,
  };
}
