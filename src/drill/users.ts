import { Agent, get } from 'node:http';
import type { Clock } from '../support/clock.ts';

/** What users got since the last look. */
export interface Seen {
  readonly answers: number;
  /** 5xx, or no whole answer. */
  readonly failures: number;
  readonly slow: number;
}

/** Open-loop load: requests leave on schedule whatever becomes of the earlier ones, as users do. */
export interface Users {
  /** Counts, and begins to count anew. */
  look(): Seen;
  /** Sends nothing more, and gives up what is under way. */
  stop(): void;
}

const TICK_MS = 5;

export interface UsersParts {
  /** On 127.0.0.1. */
  readonly port: number;
  readonly perSecond: number;
  /** Above this an answer is slow. */
  readonly slowMs: number;
  readonly clock: Clock;
}

export function startUsers({ port, perSecond, slowMs, clock }: UsersParts): Users {
  const agent = new Agent({ keepAlive: true });
  const startedAtMs = clock.monotonicMs();
  let sent = 0;
  let isStopped = false;
  let seen = { answers: 0, failures: 0, slow: 0 };

  function send(): void {
    sent += 1;
    const sentAtMs = clock.monotonicMs();
    let hasEnded = false;
    const end = (isFailure: boolean): void => {
      if (hasEnded || isStopped) return;
      hasEnded = true;
      seen.answers += 1;
      if (isFailure) seen.failures += 1;
      else if (clock.monotonicMs() - sentAtMs > slowMs) seen.slow += 1;
    };
    const request = get({ host: '127.0.0.1', port, path: '/drill', agent }, (response) => {
      response.on('end', () => end((response.statusCode ?? 0) >= 500));
      response.on('close', () => end(true));
      response.on('error', () => end(true));
      response.resume();
    });
    request.on('error', () => end(true));
  }

  const timer = setInterval(() => {
    const due = Math.floor(((clock.monotonicMs() - startedAtMs) * perSecond) / 1000);
    while (sent < due) send();
  }, TICK_MS);

  return {
    look() {
      const before = seen;
      seen = { answers: 0, failures: 0, slow: 0 };
      return before;
    },
    stop() {
      isStopped = true;
      clearInterval(timer);
      agent.destroy();
    },
  };
}
