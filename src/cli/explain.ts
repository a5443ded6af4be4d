import { loadConfig } from '../config/load.ts';
import { textOfMistakes } from '../config/mistake-views.ts';
import type { Config } from '../config/schema.ts';
import { phraseMs, phraseRatio, phraseRequests } from '../health/phrase.ts';
import { FULL_SHARE, weightsOf } from '../model/split.ts';
import type { Share } from '../model/split.ts';
import type { Counted, Forecast, Times } from '../simulate/forecast.ts';
import { forecastsOf } from '../simulate/forecast.ts';
import { formatDuration, formatShare, parseShare } from '../support/units.ts';
import { columnsOf } from './columns.ts';
import { EXIT } from './exit.ts';
import type { Format, Output } from './output.ts';
import { tellProblem } from './problem.ts';

export interface Traffic {
  /** Of the whole service. */
  readonly requestsPerSecond: number;
  /** The candidate's; null for the one in the configuration. */
  readonly share: Share | null;
}

/** Says what a configuration's limits will do at a rate of traffic: how soon, and how often by mistake. */
export async function explain(file: string, traffic: Traffic, format: Format, write: Output): Promise<number> {
  const result = await loadConfig(file);
  if ('mistakes' in result) {
    write.error(textOfMistakes(result.mistakes, format));
    return EXIT.badConfiguration;
  }
  const { guards, share: configured } = result.config;
  const share = traffic.share ?? configured;
  const perSecond = (traffic.requestsPerSecond * share) / FULL_SHARE;
  if (perSecond === 0) {
    const detail = 'without requests to the candidate there is nothing to judge: give --rate and --share above 0';
    tellProblem({ code: 'nothing-to-judge', title: 'There is nothing to judge', detail }, format, write);
    return EXIT.failed;
  }
  const forecasts = forecastsOf(guards, perSecond);
  if (format === 'json') {
    const at = { requestsPerSecond: traffic.requestsPerSecond, candidatePerSecond: perSecond };
    write.out(`${JSON.stringify({ file, ...at, weight: weightsOf(share).candidate, guards, forecasts })}\n`);
    return EXIT.ok;
  }
  write.out(`${file} at ${traffic.requestsPerSecond} requests/s, ${formatShare(share)} of them to the candidate:\n`);
  write.out(`${phraseRate(perSecond)} to judge by, in a window of ${formatDuration(guards.windowMs)}\n`);
  if (forecasts.length === 0) write.out('\nno limit is set, so nothing but a person takes the candidate out\n');
  for (const forecast of forecasts) write.out(`\n${tableOf(forecast, guards, perSecond)}`);
  write.out(`\n${NOTES}`);
  return EXIT.ok;
}

/** A rate as the option gives it, above 0; null for anything else. */
export function parseRate(text: string): number | null {
  const rate = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : 0;
  return rate > 0 && rate <= 1_000_000 ? rate : null;
}

/** A share as the option gives it, `5%`; null for anything else. */
export function parseShareOption(text: string): Share | null {
  const parsed = parseShare(text);
  return 'value' in parsed ? parsed.value : null;
}

const NOTES = `Times are from the first bad request to the rollback, median / 95th percentile of 100 simulated runs. A slow request
is known to be slow once the limit has passed, so add that. The simulation is seeded and runs through the functions
that judge: the same numbers every time.
`;

function tableOf(
  { limit, detection, falseAlarms, requestsToProof }: Forecast,
  guards: Config['guards'],
  perSecond: number,
) {
  const isErrors = limit.measure === 'errors';
  const title = isErrors
    ? `failures > ${phraseRatio(limit.value)}`
    : `P95 > ${phraseMs(limit.value)}: more than ${phraseRatio(limit.allowedRatio)} slower`;
  const marked = (rule: Config['guards']['rule']) => `rule: ${rule}${rule === guards.rule ? ' (in force)' : ''}`;
  const rows = [
    [title, marked('evidence'), marked('plain')],
    ...detection.map(({ badRatio, evidence, plain }) => [
      `  ${phraseRatio(badRatio)} ${isErrors ? 'fail' : 'are slower'}`,
      phraseTimes(evidence),
      phraseTimes(plain),
    ]),
    ...falseAlarms.map(({ fraction, evidence, plain }) => [
      `  false rollbacks a day, ${fraction === 1 ? 'exactly at the limit' : 'at half the limit'}`,
      phraseAlarms(evidence, guards.falseRollbackMs),
      phraseAlarms(plain, null),
    ]),
    ['  to be proven healthy', phraseProof(requestsToProof, perSecond), '-'],
  ];
  return columnsOf(rows);
}

function phraseTimes({ medianMs, p95Ms }: Times): string {
  return [medianMs, p95Ms].map((ms) => (Number.isFinite(ms) ? phraseMs(ms, 2) : '> 10 min')).join(' / ');
}

function phraseAlarms({ alarms, days }: Counted, falseRollbackMs: number | null): string {
  const aDay =
    alarms === 0 ? `0 in ${Number(days.toPrecision(2))} days` : String(Number((alarms / days).toPrecision(2)));
  return falseRollbackMs === null ? aDay : `${aDay} (at most 1 in ${formatDuration(falseRollbackMs)})`;
}

function phraseProof(requests: number | null, perSecond: number): string {
  if (requests === null) return 'never: that nothing at all is bad cannot be proven';
  return `${phraseRequests(requests)} without a bad one, ${phraseMs((requests / perSecond) * 1000, 2)}`;
}

function phraseRate(perSecond: number): string {
  if (perSecond >= 1) return `${Number(perSecond.toPrecision(3))} candidate requests a second`;
  return `a candidate request every ${phraseMs(1000 / perSecond, 2)}`;
}
