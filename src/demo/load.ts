import { Agent, get } from 'node:http';
import type { Clock } from '../support/clock.ts';
import { SEQUENCE_FIELD, UPSTREAM_FIELD } from './behaviour.ts';
import type { Answer } from './ledger.ts';

/**
 * Open-loop load: requests leave on schedule whatever becomes of the earlier ones, as users do. A closed loop, which
 * waits for each answer, would send less just when the service gets slow, and so hide it.
 * Source: G. Tene, "How NOT to Measure Latency" (coordinated omission).
 */
export interface Load {
  start(): void;
  /** Requests sent so far; also the sequence number of the last one. */
  sent(): number;
  /** Sends nothing more; resolves when every answer is in or given up. */
  stop(): Promise<void>;
}

export interface LoadParts {
  /** On 127.0.0.1. */
  readonly port: number;
  readonly ratePerSecond: number;
  readonly clock: Clock;
  /** Told once for each request, when its answer has ended. */
  readonly tell: (answer: Answer) => void;
}

const TICK_MS = 4;
/** How much of the schedule is made up for when the machine has stood still. */
const MOST_LATE_MS = 1000;
/** So many wait for their answers only where the machine carries no such load; Weir refuses more than limits.inFlight. */
const MOST_UNDER_WAY = 600;
/** After this a user has gone. */
const PATIENCE_MS = 10_000;

export function createLoad({ port, ratePerSecond, clock, tell }: LoadParts): Load {
  const agent = new Agent({ keepAlive: true });
  let sent = 0;
  let ended = 0;
  let startedAtMs = 0;
  let timer: NodeJS.Timeout | undefined;
  let whenAllEnded: (() => void) | null = null;

  function start(): void {
    startedAtMs = clock.monotonicMs();
    timer = setInterval(() => {
      const nowMs = clock.monotonicMs();
      // Seconds of users all at once would be another load than this.
      startedAtMs = Math.max(startedAtMs, nowMs - MOST_LATE_MS - (sent * 1000) / ratePerSecond);
      const due = Math.floor(((nowMs - startedAtMs) * ratePerSecond) / 1000);
      while (sent < due && sent - ended < MOST_UNDER_WAY) send();
    }, TICK_MS);
  }

  function send(): void {
    sent += 1;
    const dueAtMs = startedAtMs + (sent * 1000) / ratePerSecond;
    const headers = { [SEQUENCE_FIELD]: String(sent) };
    let hasEnded = false;
    const end = (status: number, version: string | null): void => {
      if (hasEnded) return;
      hasEnded = true;
      ended += 1;
      tell({ version, status, dueAtMs, endedAtMs: clock.monotonicMs() });
      if (ended === sent) whenAllEnded?.();
    };
    const request = get(
      { host: '127.0.0.1', port, path: '/cart', headers, agent, timeout: PATIENCE_MS },
      (response) => {
        const name = response.headers[UPSTREAM_FIELD];
        const version = typeof name === 'string' ? name : null;
        response.on('end', () => end(response.statusCode ?? 0, version));
        response.on('error', () => end(0, version));
        response.on('close', () => end(0, version));
        response.resume();
      },
    );
    request.on('timeout', () => request.destroy());
    request.on('error', () => end(0, null));
    request.on('close', () => end(0, null));
  }

  async function stop(): Promise<void> {
    clearInterval(timer);
    await new Promise<void>((resolve) => {
      whenAllEnded = resolve;
      if (ended === sent) resolve();
    });
    agent.destroy();
  }

  return { start, sent: () => sent, stop };
}
