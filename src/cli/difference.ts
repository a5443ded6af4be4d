import type { StatusView } from '../model/view.ts';
import { sentenceOf } from './card/headline.ts';
import { phraseTime, phraseWaiting } from './card/phrase.ts';

/** What has to change before somebody who watches is told again: not the counts of the windows, which always do. */
export function fingerprintOf(status: StatusView): string {
  const { phase, revision, stable, candidate, weights, verdict, rollback, plan, probe } = status;
  const { automation, configuration, recording, splitSuspicion, fleet } = status;
  const sides = [stable.version, candidate?.version, weights.candidate];
  const probes = [probe.stable?.up, probe.candidate?.up];
  const trouble = [automation, configuration.successful, recording.writable, splitSuspicion !== undefined];
  const others = [fleet?.connected, fleet?.size, fleet?.withdrawn, fleet?.withdrawnHere, fleet?.obstacle];
  const following = [plan.step, gist(plan.waitingFor)];
  return JSON.stringify([phase, revision, sides, verdict.kind, rollback?.progress, following, probes, trouble, others]);
}

/** What is waited for, without the measurements that stand in brackets. */
const gist = (waitingFor: string): string => waitingFor.replaceAll(/\([^)]*\)/g, '');

/** How things stand, in one line. */
export function statusLine(status: StatusView, nowMs: number): string {
  const { phase, verdict, plan, reason, candidate } = status;
  const isJudged = candidate !== null || status.former !== undefined;
  const parts = [
    `${phraseTime(new Date(nowMs).toISOString(), nowMs)} ${phase}: ${sentenceOf(status)}`,
    ...(phase === 'rolled-back' ? [reason] : isJudged ? [verdict.kind] : []),
    ...(plan.waitingFor === '' || phase === 'idle' ? [] : [`waits for ${phraseWaiting(plan.waitingFor)}`]),
  ];
  return parts.join('; ');
}
