import { Agent } from 'node:http';
import { create } from 'axios';
import * as z from 'zod';
import type { Release } from '../model/release.ts';
import { PHASES } from '../model/rollout.ts';
import type { Clock } from '../support/clock.ts';
import type { Behaviour } from './behaviour.ts';
import { CONTROL_PATH } from './behaviour.ts';
import type { WeirPorts } from './serving.ts';

const weirStatus = z.object({
  phase: z.enum(PHASES),
  reason: z.string(),
  candidate: z.object({ version: z.string() }).nullable(),
  weights: z.object({ stable: z.number(), candidate: z.number() }),
  verdict: z.object({ reasons: z.array(z.object({ measure: z.enum(['errors', 'p95']) })) }),
});
const ownAccount = z.object({
  failures: z.number(),
  after: z.number(),
  firstFailureAgoMs: z.number().nullable(),
  lastRequestAgoMs: z.number().nullable(),
});

/** What the demo reads of `GET /v1/status`. */
export type WeirStatus = z.output<typeof weirStatus>;

/** What the demo asks of Weir, as any client would. */
export interface WeirCalls {
  status(): Promise<WeirStatus>;
  startRollout(candidate: Release, reason: string): Promise<WeirStatus>;
  /** The text of `/metrics`. */
  metrics(): Promise<string>;
}

/** A kept connection may be closed by the other side just when it is used again. */
const httpAgent = new Agent({ keepAlive: false });
const client = create({ timeout: 30_000, maxRedirects: 0, proxy: false, validateStatus: () => true, httpAgent });

export function createWeirCalls(ports: Pick<WeirPorts, 'admin' | 'telemetry'>): WeirCalls {
  const admin = `http://127.0.0.1:${ports.admin}`;
  return {
    status: async () => weirStatus.parse(await call('GET', `${admin}/v1/status`)),
    startRollout: async (candidate, reason) =>
      weirStatus.parse(await call('POST', `${admin}/v1/rollout`, { ...candidate, reason })),
    metrics: async () => z.string().parse(await call('GET', `http://127.0.0.1:${ports.telemetry}/metrics`)),
  };
}

/** Makes an upstream of the demo behave so from now on. */
export async function behave(url: string, behaviour: Behaviour): Promise<void> {
  await call('PUT', `${url}${CONTROL_PATH}behaviour/${behaviour}`);
}

/** What an upstream knows of itself. Times are on the asker's monotonic clock; null where there is none. */
export interface OwnAccount {
  /** Failures it gave, whether or not a user ever saw them. */
  readonly failures: number;
  readonly firstFailureAtMs: number | null;
  readonly lastRequestAtMs: number | null;
  /** Requests of the load it got that were sent after the one asked about. */
  readonly after: number;
}

/**
 * Asks an upstream for its own account. Its times are told as ages and are counted back from when it was asked, which
 * is a little too early, so that no time since then ever looks shorter than it was.
 */
export async function ownAccountOf(url: string, afterSequence: number, clock: Clock): Promise<OwnAccount> {
  const askedAtMs = clock.monotonicMs();
  const answer = await call('GET', `${url}${CONTROL_PATH}account?after=${afterSequence}`);
  const { failures, after, firstFailureAgoMs, lastRequestAgoMs } = ownAccount.parse(answer);
  const at = (agoMs: number | null): number | null => (agoMs === null ? null : askedAtMs - agoMs);
  return { failures, after, firstFailureAtMs: at(firstFailureAgoMs), lastRequestAtMs: at(lastRequestAgoMs) };
}

async function call(method: string, url: string, body?: object): Promise<unknown> {
  const { status, data: answer } = await client.request<unknown>({ method, url, ...(body && { data: body }) });
  if (status === 200) return answer;
  throw new Error(`${method} ${url}: expected 200, got ${status} ${JSON.stringify(answer)}`);
}
