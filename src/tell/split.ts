import type { Log } from './log.ts';

/** Says once for each split that the requests contradict it. Told every beat what there is to suspect. */
export function createSplitNarrator(log: Log): (suspicion: string | null) => void {
  let told: string | null = null;
  return (suspicion) => {
    if (suspicion !== null && told === null) {
      log.warn({ event: 'split-suspect' }, `the split is not as intended: ${suspicion}`);
    }
    told = suspicion;
  };
}
