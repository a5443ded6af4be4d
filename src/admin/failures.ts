import type { RequestHandler } from 'express';
import type { AugmentedRequest } from 'express-rate-limit';
import { ipKeyGenerator, rateLimit } from 'express-rate-limit';
import type { Clock } from '../support/clock.ts';
import { sendProblem } from './answer.ts';
import { createFailureCounts } from './failure-counts.ts';
import { problemOf } from './problems.ts';

/** Failures to say who one is, a client and minute, that are answered one by one. */
const FAILURES_A_MINUTE = 30;
const MINUTE_MS = 60_000;
/** Who has one IPv6 address has its whole network (RFC 4291, section 2.5.4): 2^64 addresses. */
const IPV6_NETWORK_BITS = 64;

export interface FailureLog {
  readonly warn: (fields: object, message: string) => void;
  readonly error: (fields: object, message: string) => void;
}

/**
 * Counts failures of authentication by address, and answers with 429 where they are too many. Only failures come here,
 * after the token was looked at: whoever shows a right one is never held up by what others of his address have tried.
 */
export function createFailureLimit(log: FailureLog, clock: Clock): RequestHandler {
  return rateLimit({
    windowMs: MINUTE_MS,
    limit: FAILURES_A_MINUTE,
    // Of the three forms the one that tells whole seconds; Retry-After comes with it.
    standardHeaders: 'draft-6',
    legacyHeaders: false,
    store: createFailureCounts(MINUTE_MS, clock),
    keyGenerator: ({ socket }) => ipKeyGenerator(socket.remoteAddress ?? '', IPV6_NETWORK_BITS),
    // It would complain of forwarding headers, which nobody here believes.
    validate: { xForwardedForHeader: false, forwardedHeader: false },
    logger: {
      warn: (error, message) => log.warn({ error }, message ?? 'the rate limiter warns'),
      error: (error, message) => log.error({ error }, message ?? 'the rate limiter fails'),
    },
    handler(request, response) {
      const isFirst = (request as AugmentedRequest)['rateLimit']?.used === FAILURES_A_MINUTE + 1;
      if (isFirst) log.warn({ client: request.socket.remoteAddress }, 'too many failures to say who one is');
      // To try on, such a client has to connect anew, which costs it more than it costs us.
      response.set('Connection', 'close');
      const detail = `expected at most ${FAILURES_A_MINUTE} failures a minute; a right token is let in at any time`;
      sendProblem(request, response, problemOf('too-many-failures', detail));
    },
  });
}
