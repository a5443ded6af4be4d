import { call } from '../support/call.ts';
import type { Connection } from './connection.ts';
import { plainJson } from '../support/quote.ts';
import { plainAnswer, plainText } from './plain-text.ts';

/** The admin API of a running sidecar, as verbs ask it. Nothing here rejects, retries or prints. */
export interface Client {
  /** Where it asks, for a person. */
  readonly url: string;
  get<T>(path: string): Promise<Heard<T>>;
  /** `ifRevision`: refuse unless this is still the revision. */
  change<T>(method: 'PUT' | 'POST', path: string, body: object, ifRevision: number | null): Promise<Heard<T>>;
}

export type Heard<T> =
  /** `json` is the answer as it came, `value` the same without what a terminal would obey. */
  { readonly ok: true; readonly value: T; readonly json: string } | { readonly ok: false; readonly failure: Failure };

export type Failure =
  | { readonly kind: 'unreachable'; readonly text: string }
  /** Somebody answers who is no admin API of Weir. */
  | { readonly kind: 'stranger'; readonly text: string }
  | { readonly kind: 'problem'; readonly problem: ProblemHeard; readonly json: string };

/** What is read of a problem document. */
export interface ProblemHeard {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
}

const READ_WITHIN_MS = 10_000;
/** A change may wait for health checks and gates. */
const CHANGE_WITHIN_MS = 60_000;
/** A thousand events of a long plan. */
const MAX_ANSWER_BYTES = 67_108_864;

export function createClient({ url, token, ca }: Connection): Client {
  const authorization = token === null ? {} : { authorization: `Bearer ${token}` };
  const address = ca === null ? {} : { address: trusting(url, ca) };

  async function hear<T>(
    method: 'GET' | 'PUT' | 'POST',
    path: string,
    more: { readonly body?: object; readonly headers?: Readonly<Record<string, string>> } = {},
  ): Promise<Heard<T>> {
    const { body, status, text } = await call({
      method,
      url: `${url}${path}`,
      timeoutMs: method === 'GET' ? READ_WITHIN_MS : CHANGE_WITHIN_MS,
      maxAnswerBytes: MAX_ANSWER_BYTES,
      ...address,
      ...(more.body && { body: more.body }),
      headers: { accept: 'application/json', ...authorization, ...more.headers },
    });
    if (status === 0) return { ok: false, failure: { kind: 'unreachable', text: plainText(text) } };
    return heardOf<T>(path, status, body);
  }

  return {
    url,
    get: <T>(path: string) => hear<T>('GET', path),
    change: <T>(method: 'PUT' | 'POST', path: string, body: object, ifRevision: number | null) =>
      hear<T>(method, path, { body, headers: ifRevision === null ? {} : { 'if-match': `"${ifRevision}"` } }),
  };
}

function heardOf<T>(path: string, status: number, body: string): Heard<T> {
  const value = parsed(body);
  const json = plainJson(body);
  if (status === 200 && isAnswer(path, value)) return { ok: true, value: value as T, json };
  const { code, detail } = (value ?? {}) as { readonly code?: unknown; readonly detail?: unknown };
  if (typeof code === 'string' && typeof detail === 'string') {
    return { ok: false, failure: { kind: 'problem', problem: { status, code, detail }, json } };
  }
  return { ok: false, failure: { kind: 'stranger', text: `${status} ${plainText(body.slice(0, 80))}`.trimEnd() } };
}

/** Whether it could be what was asked for: many a program answers with some JSON on some port. */
function isAnswer(path: string, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { events, releases, phase, weights } = value as Readonly<Record<string, unknown>>;
  if (path.startsWith('/v1/history')) return Array.isArray(events);
  if (path === '/v1/releases') return Array.isArray(releases) || isStatus(phase, weights);
  return isStatus(phase, weights);
}

const isStatus = (phase: unknown, weights: unknown): boolean =>
  typeof phase === 'string' && typeof weights === 'object' && weights !== null;

function parsed(body: string): unknown {
  try {
    return plainAnswer(JSON.parse(body));
  } catch {
    return null;
  }
}

function trusting(url: string, ca: string) {
  const { protocol, hostname, port } = new URL(url);
  return { protocol, host: hostname, port: Number(port), ca };
}
