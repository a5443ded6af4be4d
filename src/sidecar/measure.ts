import type { Config } from '../config/schema.ts';
import type { Lens } from '../health/lens.ts';
import { createLens } from '../health/lens.ts';
import type { SplitCheck } from '../health/split-check.ts';
import { createSplitCheck } from '../health/split-check.ts';
import type { Tally } from '../health/tally.ts';
import { createTally } from '../health/tally.ts';
import type { Exchange } from '../model/outcome.ts';
import type { Refusal } from '../model/tally.ts';
import { CANDIDATE } from '../model/upstream.ts';
import type { Verdict } from '../model/verdict.ts';
import type { Log } from '../tell/log.ts';
import { createFailureLog } from '../tell/failures.ts';

/** Everything that counts exchanges, and the one observer that the data plane tells of them. */
export function createMeasures({ guards, sticky }: Config, log: Log) {
  const tally: Tally = createTally(guards.p95Ms);
  const lens: Lens = createLens({ guards, tally, failed: createFailureLog(log) });
  const splitCheck: SplitCheck = createSplitCheck(sticky === null);
  const observe = {
    ...lens,
    dispatched(exchange: Exchange, nowMs: number): void {
      lens.dispatched(exchange, nowMs);
      splitCheck.dispatched(exchange);
    },
    shielded: tally.shielded,
    refused(why: Refusal): void {
      tally.refused(why);
      // Nothing else is refused after it was drawn.
      if (why === 'busy') splitCheck.refused();
    },
  };
  /** Requests that caused a verdict: the latest of each broken guard. */
  const traceIdsOf = ({ reasons }: Verdict): readonly string[] => {
    const broken = reasons.filter(({ relation }) => relation === '>');
    return [...new Set(broken.flatMap(({ measure }) => lens.traceIdsOf(CANDIDATE, measure)))].slice(0, 5);
  };
  return { tally, lens, splitCheck, observe, traceIdsOf };
}
