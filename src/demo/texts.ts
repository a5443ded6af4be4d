import type { Config } from '../config/schema.ts';
import { formatDuration, formatRatio, formatShare } from '../support/units.ts';
import { BEHAVIOURS } from './behaviour.ts';
import type { WeirPorts } from './serving.ts';

/** What is about to be seen. */
export function opening({ share, guards, shield }: Config, ratePerSecond: number): string[] {
  const { errorsRatio, p95Ms, windowMs, minRequests } = guards;
  const limits = [
    ...(errorsRatio === null ? [] : [`more than ${formatRatio(errorsRatio)} of its requests fail`]),
    ...(p95Ms === null ? [] : [`its p95 is above ${formatDuration(p95Ms)}`]),
  ];
  return [
    `Weir between two versions of a service, under ${ratePerSecond} requests a second, sent on schedule whatever comes back.`,
    `The candidate gets ${formatShare(share)}, and is to be taken out when ${limits.join(' or ')}`,
    `in the last ${formatDuration(windowMs)} (from ${minRequests} requests on).`,
    ...(shield === null ? [] : ['Until then each of its failures is replayed on stable, so that no user sees it.']),
    '',
  ];
}

/** What to try while everything keeps running. */
export function invitation(
  { ports, candidate }: { readonly ports: WeirPorts; readonly candidate: { readonly url: string } },
  logFile: string,
): string[] {
  const admin = `http://127.0.0.1:${ports.admin}`;
  const weir = (words: string) => `  npm run -s weir -- ${words} --admin ${admin}`;
  return [
    '',
    'Everything keeps running, the load too, until Ctrl-C. Some things to try:',
    `  curl -i http://127.0.0.1:${ports.traffic}/`,
    weir('status --watch'),
    weir('history'),
    `  curl http://127.0.0.1:${ports.telemetry}/metrics`,
    `  curl -X PUT ${candidate.url}/demo/behaviour/${BEHAVIOURS[0]}     # or ${BEHAVIOURS.slice(1).join(', ')}`,
    weir(`start v1.3.2 --url ${candidate.url} -m "once more"`),
    weir('set-weight 50 -m "a look at half"'),
    weir('rollback -m "enough seen"'),
    `  tail -f ${logFile}`,
    '',
  ];
}
