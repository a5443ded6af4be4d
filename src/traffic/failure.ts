import type { Outcome } from '../model/outcome.ts';

/** The one place that knows Node's error codes: what went wrong on the way to an upstream, in our words. */
export function outcomeOf(errorCode: string | undefined): Outcome {
  switch (errorCode) {
    case 'ECONNREFUSED':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EADDRNOTAVAIL':
      return 'refused';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EAI_FAIL':
      return 'unresolved';
    case 'ETIMEDOUT':
      return 'timed-out';
    case undefined:
      return 'reset';
    default:
      return errorCode.startsWith('HPE_') ? 'malformed' : 'reset';
  }
}

/** An answer that Weir makes itself; `code` goes into `x-weir-error` and the body. */
export interface LocalAnswer {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/** What the client gets when the upstream failed before its head was complete. */
export function answerTo(outcome: Outcome): LocalAnswer {
  switch (outcome) {
    case 'refused':
      return { status: 502, code: 'upstream-refused', message: 'the upstream refused the connection' };
    case 'unresolved':
      return { status: 502, code: 'upstream-unresolved', message: "the upstream's name could not be resolved" };
    case 'malformed':
      return { status: 502, code: 'upstream-malformed', message: "the upstream's answer is not valid HTTP" };
    case 'timed-out':
      return { status: 504, code: 'upstream-timed-out', message: 'the upstream did not answer in time' };
    case 'refused-here':
      return { status: 503, code: 'upstream-busy', message: 'too many requests are under way to this upstream' };
    case 'answered':
    case 'client-left':
    case 'cut-short':
    case 'reset':
      return { status: 502, code: 'upstream-reset', message: 'the upstream closed the connection before it answered' };
  }
}
