import { Agent as PlainAgent } from 'node:http';
import { Agent } from 'node:https';
import { connect as connectPlainly } from 'node:net';
import type { Readable } from 'node:stream';
import { readCertificates } from './certificates.ts';

/**
 * What Weir itself asks of others: probes, gates, webhooks, and its CLI of a running sidecar. The HTTP client has traps,
 * all closed here: without a timeout it waits for ever, it follows redirects to wherever, it obeys proxy variables of
 * the environment, and it throws at every status but 2xx. It is loaded when it is first needed, because many
 * configurations never do.
 */
export interface Called extends Connected {
  /** The field Retry-After, as it came; null without one. */
  readonly retryAfter: string | null;
}

interface Connected {
  /** 0 where no answer came. */
  readonly status: number;
  /** For a person: "200", "connect ECONNREFUSED 127.0.0.1:3001". */
  readonly text: string;
}

/** An answer with what it says. */
export interface Answered extends Called {
  /** '' where no answer came, or its status is all that was asked for. */
  readonly body: string;
}

/** Where an upstream listens. */
interface Place {
  readonly protocol: string;
  /** Of `unix:` the socket's path. */
  readonly host: string;
  readonly port: number;
  /** A file of PEM certificates. */
  readonly ca?: string;
  readonly serverName?: string;
}

export interface Wish {
  readonly method: 'GET' | 'PUT' | 'POST';
  readonly url: string;
  readonly timeoutMs: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is when it is a Buffer, else as JSON. */
  readonly body?: object;
  /** More of an answer is not read, and the answer lost. Absent where its status is all that is asked for. */
  readonly maxAnswerBytes?: number;
  /** Ends it before its time. */
  readonly signal?: AbortSignal;
  /** Where to go instead of where the URL says: a socket, or certificates of its own. */
  readonly address?: Place;
}

/** A body that nobody asked for is read to its end, but for one that is longer than this. */
const MOST_THROWN_AWAY_BYTES = 65_536;
/** A kept connection may be closed by the other side just when it is used again: a failure that is nobody's. */
const [FRESH, FRESH_TLS] = [new PlainAgent({ keepAlive: false }), new Agent({ keepAlive: false })];

/** Never rejects. */
export async function call(wish: Wish): Promise<Answered> {
  const { method, url, timeoutMs, headers = {}, body, maxAnswerBytes, signal, address } = wish;
  try {
    const { create } = await import('axios');
    const timeout = AbortSignal.timeout(timeoutMs);
    const client = create({
      timeout: timeoutMs,
      // Its own timeout begins with the request and knows nothing of a connection that is never made.
      signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
      maxRedirects: 0,
      proxy: false,
      validateStatus: () => true,
      ...(maxAnswerBytes === undefined
        ? { responseType: 'stream', decompress: false }
        : { responseType: 'text', maxContentLength: maxAnswerBytes }),
      ...(address?.protocol === 'unix:' && { socketPath: address.host }),
      httpAgent: FRESH,
      httpsAgent: address?.protocol === 'https:' ? agentFor(address) : FRESH_TLS,
    });
    const answer = await client.request<unknown>({ method, url, headers, ...(body && { data: body }) });
    const retryAfter: unknown = answer.headers['retry-after'];
    const { status, data } = answer;
    if (maxAnswerBytes === undefined) await throwAway(data as Readable);
    return {
      status,
      text: String(status),
      retryAfter: typeof retryAfter === 'string' ? retryAfter : null,
      body: typeof data === 'string' ? data : '',
    };
  } catch (error) {
    return { status: 0, text: reasonOf(error, timeoutMs), retryAfter: null, body: '' };
  }
}

/** What a status is followed by does not change it, however long it is; but it has to come in time. */
async function throwAway(body: Readable): Promise<void> {
  let sizeBytes = 0;
  for await (const piece of body) {
    sizeBytes += (piece as Buffer).length;
    if (sizeBytes > MOST_THROWN_AWAY_BYTES) return;
  }
}

function agentFor({ ca, serverName }: Place): Agent {
  return new Agent({
    keepAlive: false,
    ...(ca !== undefined && { ca: readCertificates(ca) }),
    ...(serverName !== undefined && { servername: serverName }),
  });
}

function reasonOf(error: unknown, timeoutMs: number): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (code === 'ERR_CANCELED' || code === 'ECONNABORTED') return `no answer within ${timeoutMs} ms`;
  return error.message === '' ? code : error.message;
}

/** Whether a connection is accepted: all that can be asked of an upstream whose health path nobody has told. */
export function connectTo({ protocol, host, port }: Place, timeoutMs: number): Promise<Connected> {
  const { promise, resolve } = Promise.withResolvers<Connected>();
  const socket = connectPlainly(protocol === 'unix:' ? { path: host } : { host, port });
  const end = (called: Connected): void => {
    socket.destroy();
    resolve(called);
  };
  socket.setTimeout(timeoutMs, () => end({ status: 0, text: `no connection within ${timeoutMs} ms` }));
  socket.once('connect', () => end({ status: 200, text: 'connected' }));
  socket.once('error', (error) => end({ status: 0, text: reasonOf(error, timeoutMs) }));
  return promise;
}
