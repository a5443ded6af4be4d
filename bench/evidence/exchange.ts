import type { Exchange } from '../../src/model/outcome.ts';
import { CANDIDATE } from '../../src/model/upstream.ts';

/** A request to the candidate that will be answered with this status. */
export function exchangeAt(dispatchedAtMs: number, status: number): Exchange {
  return {
    side: CANDIDATE,
    forced: false,
    dispatchedAtMs,
    headAtMs: 0,
    status,
    traceId: '',
    slot: 0,
    epoch: 0,
    countedSlow: false,
    older: null,
    newer: null,
  };
}
