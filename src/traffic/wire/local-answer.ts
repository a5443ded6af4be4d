/**
 * Answers that Weir makes itself. They carry their fault's name in `x-weir-error`, so that none is ever mistaken for
 * the upstream's. Prepared at start-up as far as they can be.
 */
import { ascii } from './chars.ts';
import { FAULT_CODES, FAULT_MESSAGES, FAULT_STATUS, Fault } from './fault.ts';

const REASONS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  414: 'URI Too Long',
  417: 'Expectation Failed',
  431: 'Request Header Fields Too Large',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
  505: 'HTTP Version Not Supported',
  508: 'Loop Detected',
};

/** Lines that a status demands. */
const DEMANDED: Readonly<Record<number, string>> = {
  405: 'allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n',
  503: 'retry-after: 1\r\n',
};

const BODIES = FAULT_CODES.map((code, fault) =>
  ascii(JSON.stringify({ error: { code, message: FAULT_MESSAGES[fault] } })),
);

const HEADS = FAULT_CODES.map((code, fault) => {
  const status = FAULT_STATUS[fault]!;
  return ascii(
    `HTTP/1.1 ${status} ${REASONS[status] ?? ''}\r\ncontent-type: application/json\r\n` +
      `content-length: ${BODIES[fault]!.length}\r\n${DEMANDED[status] ?? ''}x-weir-error: ${code}\r\n`,
  );
});

const NOTHING = ascii('');
const CLOSE = ascii('connection: close\r\n\r\n');
const KEEP_ALIVE = ascii('connection: keep-alive\r\n\r\n');

/**
 * The whole answer for a fault. `closing`: the connection ends with it, always so after a framing fault. `toHead`:
 * HEAD was asked, so the body stays away. `lines`: further lines, each with its CRLF, for example Date.
 */
export function localAnswer(fault: Fault, closing: boolean, toHead = false, lines: Buffer = NOTHING): Buffer {
  return Buffer.concat([HEADS[fault]!, lines, closing ? CLOSE : KEEP_ALIVE, toHead ? NOTHING : BODIES[fault]!]);
}
