import type { Exchange } from '../../src/model/outcome.ts';
import { CANDIDATE } from '../../src/model/upstream.ts';

/** An exchange as the data path hands it over; on the candidate unless told otherwise. */
export function exchangeAt(dispatchedAtMs: number, given: Partial<Exchange> = {}): Exchange {
  return {
    side: CANDIDATE,
    forced: false,
    dispatchedAtMs,
    headAtMs: 0,
    status: 0,
    traceId: '',
    slot: 0,
    epoch: 0,
    countedSlow: false,
    older: null,
    newer: null,
    ...given,
  };
}
