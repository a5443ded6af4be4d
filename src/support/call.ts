import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { connect as connectPlainly } from 'node:net';

/**
 * What Weir itself asks of others: probes and gates. The HTTP client has traps, all closed here: without a timeout
 * it waits for ever, it follows redirects to wherever, it obeys proxy variables of the environment, and it throws at
 * every status but 2xx. It is loaded when it is first needed, because many configurations never do.
 */
export interface Called {
  /** 0 where no answer came. */
  readonly status: number;
  /** For a person: "200", "connect ECONNREFUSED 127.0.0.1:3001". */
  readonly text: string;
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
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly timeoutMs: number;
  readonly body?: object;
  /** Where to go instead of where the URL says: a socket, or certificates of its own. */
  readonly address?: Place;
}

/** More of an answer is not read. */
const MAX_ANSWER_BYTES = 65_536;

/** Never rejects. */
export async function call({ method, url, timeoutMs, body, address }: Wish): Promise<Called> {
  try {
    const { create } = await import('axios');
    const client = create({
      timeout: timeoutMs,
      // Its own timeout begins with the request and knows nothing of a connection that is never made.
      signal: AbortSignal.timeout(timeoutMs),
      maxRedirects: 0,
      proxy: false,
      validateStatus: () => true,
      maxContentLength: MAX_ANSWER_BYTES,
      responseType: 'text',
      ...(address?.protocol === 'unix:' && { socketPath: address.host }),
      ...(address?.protocol === 'https:' && { httpsAgent: agentFor(address) }),
    });
    const { status } = await client.request({ method, url, ...(body && { data: body }) });
    return { status, text: String(status) };
  } catch (error) {
    return { status: 0, text: reasonOf(error, timeoutMs) };
  }
}

function agentFor({ ca, serverName }: Place): Agent {
  return new Agent({
    keepAlive: false,
    ...(ca !== undefined && { ca: readFileSync(ca, 'utf8') }),
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
export function connectTo({ protocol, host, port }: Place, timeoutMs: number): Promise<Called> {
  const { promise, resolve } = Promise.withResolvers<Called>();
  const socket = connectPlainly(protocol === 'unix:' ? { path: host } : { host, port });
  const end = (called: Called): void => {
    socket.destroy();
    resolve(called);
  };
  socket.setTimeout(timeoutMs, () => end({ status: 0, text: `no connection within ${timeoutMs} ms` }));
  socket.once('connect', () => end({ status: 200, text: 'connected' }));
  socket.once('error', (error) => end({ status: 0, text: reasonOf(error, timeoutMs) }));
  return promise;
}
