import { countAlarms } from '../../src/simulate/false-alarms.ts';
import type { WatchSettings } from '../../src/simulate/watch.ts';
import { createEvidenceWatch, createPlainWatch } from '../../src/simulate/watch.ts';
import { PER_SECOND } from './settings.ts';
import type { Row } from './table.ts';

const EVIDENCE_DAYS = 150;
/** The plain rule is wrong so often that a day shows it. */
const PLAIN_DAYS = 1;

/** How often a candidate that keeps its limit is rolled back all the same, by rate and by rule. */
export function falseAlarms(settings: WatchSettings): Row[] {
  return PER_SECOND.map((perSecond) => [
    `${perSecond}/s`,
    ...[1, 0.5].flatMap((fraction) => {
      const badRatio = settings.limitRatio * fraction;
      const plain = countAlarms(createPlainWatch(settings), perSecond, badRatio, PLAIN_DAYS);
      const evidence = countAlarms(createEvidenceWatch(settings), perSecond, badRatio, EVIDENCE_DAYS);
      return [String(plain / PLAIN_DAYS), `${evidence} in ${EVIDENCE_DAYS} days`];
    }),
  ]);
}
