import { costs } from './evidence/cost.ts';
import { detectionTimes } from './evidence/detection.ts';
import { falseAlarms } from './evidence/false-alarms.ts';
import { inFlightBias } from './evidence/in-flight.ts';
import { SHORT, USUAL } from './evidence/settings.ts';
import { tableOf } from './evidence/table.ts';
import { versusStable } from './evidence/versus-stable.ts';

/**
 * How well the judge decides, shown by seeded simulation through the shipped functions: the same numbers on every
 * machine, but for the costs. Runs for about three minutes.
 */
const ALARMS_HEAD = ['candidate requests', 'plain, at the limit', 'evidence', 'plain, at half of it', 'evidence'];

const sections: [title: string, table: () => string][] = [
  [
    'False rollbacks a day, limit 1 %, window 30 s (plain: at least 20 requests; evidence: falseRollback 30d, so 5 in 150 days would be allowed)',
    () => tableOf(ALARMS_HEAD, falseAlarms(SHORT)),
  ],
  ['The same, limit 0.5 %, window 2 min', () => tableOf(ALARMS_HEAD, falseAlarms(USUAL))],
  [
    'Seconds from the first bad request to the rollback, median / 95th percentile (limit 0.5 %, window 2 min)',
    () => tableOf(['candidate requests', 'all fail', '20 % fail', '5 % fail', '2 % fail'], detectionTimes(USUAL)),
  ],
  [
    'Worse than stable, 5 candidate and 45 stable requests/s, worseThanStable 1.5',
    () => tableOf(['', 'relative guard'], versusStable()),
  ],
  [
    'False rollbacks a day of bursts whose failures end first (evidence rule, limit 2 %)',
    () => tableOf(['candidate', 'counted at the end', 'counted at dispatch'], inFlightBias()),
  ],
  ['One look at 240 slots', () => tableOf(['evidence', 'cost'], costs())],
];

/** Prints every table; the arguments are those of the bench's command line, none of which it needs. */
export async function main(_args: readonly string[]): Promise<void> {
  for (const [title, table] of sections) process.stdout.write(`${title}\n\n${table()}\n\n`);
}

if (import.meta.main) await main(process.argv.slice(2));
