/**
 * Everything for which Weir answers by itself, in one closed catalogue: a scanner returns one of these numbers,
 * 0 for "nothing wrong", and the tables say what the client is told.
 */
export const Fault = {
  none: 0,
  malformedRequestLine: 1,
  malformedTarget: 2,
  malformedField: 3,
  malformedLineEnd: 4,
  missingHost: 5,
  invalidHost: 6,
  invalidConnection: 7,
  invalidContentLength: 8,
  invalidTransferEncoding: 9,
  unsupportedCoding: 10,
  conflictingFraming: 11,
  tooManyForwarded: 12,
  traceNotAllowed: 13,
  requestTimeout: 14,
  targetTooLong: 15,
  expectationFailed: 16,
  headTooLarge: 17,
  tooManyFields: 18,
  connectNotSupported: 19,
  methodTooLong: 20,
  versionNotSupported: 21,
  loopDetected: 22,
  malformedChunk: 23,
  oversizedExtensions: 24,
  malformedTrailer: 25,
  forbiddenTrailer: 26,
  oversizedTrailer: 27,
  malformedStatusLine: 28,
  malformedAnswer: 29,
  upstreamRefused: 30,
  upstreamReset: 31,
  upstreamUnresolved: 32,
  upstreamTimedOut: 33,
  upstreamBusy: 34,
  tooManyConnections: 35,
  overloaded: 36,
} as const;

/** A fault as a small integer. */
export type Fault = (typeof Fault)[keyof typeof Fault];

type Row = readonly [code: string, status: number, message: string];

/** One row a fault, in the order of the numbers: its fixed name, its status, and a sentence for a person. */
const CATALOGUE: Readonly<Record<keyof typeof Fault, Row>> = {
  none: ['none', 200, ''],
  // The head of a message.
  malformedRequestLine: ['malformed-request-line', 400, 'expected METHOD SP TARGET SP HTTP/1.1'],
  malformedTarget: ['malformed-target', 400, 'the request target is not one that RFC 9112 allows for this method'],
  malformedField: ['malformed-field', 400, 'a header line is not NAME ":" VALUE CRLF without control characters'],
  malformedLineEnd: ['malformed-line-end', 400, 'a line of the head holds a control character or does not end in CRLF'],
  missingHost: ['missing-host', 400, 'an HTTP/1.1 request needs a Host'],
  invalidHost: ['invalid-host', 400, 'expected exactly one Host, a name or address with an optional port'],
  invalidConnection: ['invalid-connection', 400, 'Connection must be a list of at most 32 tokens'],
  invalidContentLength: ['invalid-content-length', 400, 'expected one Content-Length, digits only, at most 2^53-1'],
  invalidTransferEncoding: [
    'invalid-transfer-encoding',
    400,
    'expected one Transfer-Encoding, exactly "chunked", in HTTP/1.1',
  ],
  unsupportedCoding: ['unsupported-coding', 501, 'no transfer coding but "chunked" is understood'],
  conflictingFraming: ['conflicting-framing', 400, 'Content-Length and Transfer-Encoding exclude each other'],
  tooManyForwarded: ['too-many-forwarded', 400, 'at most 16 lines of X-Forwarded-For are followed'],
  traceNotAllowed: ['trace-not-allowed', 405, 'TRACE is not allowed'],
  requestTimeout: ['request-timeout', 408, 'the head of the request did not come in time'],
  targetTooLong: ['target-too-long', 414, 'the request line is longer than limits.headBytes'],
  expectationFailed: ['expectation-failed', 417, 'no expectation but "100-continue" can be met'],
  headTooLarge: ['head-too-large', 431, 'the head is larger than limits.headBytes'],
  tooManyFields: ['too-many-fields', 431, 'the head has more lines than limits.headers'],
  connectNotSupported: ['connect-not-supported', 501, 'CONNECT is not supported'],
  methodTooLong: ['method-too-long', 501, 'no method is longer than 32 characters'],
  versionNotSupported: ['version-not-supported', 505, 'only HTTP/1.1 and HTTP/1.0 are spoken here'],
  loopDetected: ['loop-detected', 508, 'this request has passed Weir 4 times already'],
  // The body of a message.
  malformedChunk: ['malformed-chunk', 400, 'expected a chunk: size in hexadecimal, CRLF, as many bytes, CRLF'],
  oversizedExtensions: ['oversized-extensions', 400, 'chunk extensions of one message exceed 16 KiB'],
  malformedTrailer: ['malformed-trailer', 400, 'a trailer line is not NAME ":" VALUE CRLF without control characters'],
  forbiddenTrailer: ['forbidden-trailer', 400, 'a trailer carries a field of framing, routing or authentication'],
  oversizedTrailer: ['oversized-trailer', 431, 'the trailer section exceeds 16 KiB'],
  // The status line of an answer; never shown to a client, who gets `malformedAnswer`.
  malformedStatusLine: ['malformed-status-line', 502, 'expected HTTP/1.1 SP STATUS SP REASON'],
  // What the exchange with an upstream can end in.
  malformedAnswer: ['malformed-answer', 502, 'the upstream sent what is not a valid HTTP/1.1 answer'],
  upstreamRefused: ['upstream-refused', 502, 'the upstream refused the connection'],
  upstreamReset: ['upstream-reset', 502, 'the upstream closed the connection before its answer'],
  upstreamUnresolved: ['upstream-unresolved', 502, "the upstream's name could not be resolved"],
  upstreamTimedOut: ['upstream-timed-out', 504, 'the upstream did not answer in time'],
  upstreamBusy: ['upstream-busy', 503, 'the upstream has limits.inFlight requests in flight'],
  tooManyConnections: ['too-many-connections', 503, 'limits.connections connections are open'],
  overloaded: ['overloaded', 503, 'Weir itself is overloaded'],
};

const ROWS: readonly Row[] = Object.values(CATALOGUE);

/** The fixed name of each fault, as in `x-weir-error`. */
export const FAULT_CODES: readonly string[] = ROWS.map(([code]) => code);

/** The status with which each fault is answered. */
export const FAULT_STATUS: Uint16Array = Uint16Array.from(ROWS, ([, status]) => status);

/** What each fault says to a person. */
export const FAULT_MESSAGES: readonly string[] = ROWS.map(([, , message]) => message);
