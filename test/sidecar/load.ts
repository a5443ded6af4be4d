import { onTestFinished } from 'vitest';
import { systemClock } from '../../src/support/clock.ts';
import type { Answer } from './client.ts';
import { ask, keepAliveAgent } from './client.ts';

export interface LoadAnswer extends Answer {
  /** When its request was sent, in the order of requests, from 0. */
  readonly place: number;
}

/** Open-loop load: a request is sent when it is time, whether or not the former ones were answered. */
export interface Load {
  /** In the order in which they came. */
  readonly answers: readonly LoadAnswer[];
  /** Requests that got no answer, or half of one. */
  readonly failures: readonly unknown[];
  /** Sends no more; resolves when everything under way has ended, and leaves no connection. */
  stop(): Promise<void>;
}

const TICK_MS = 10;

export function startLoad(url: string, { perSecond }: { readonly perSecond: number }): Load {
  const agent = keepAliveAgent();
  const answers: LoadAnswer[] = [];
  const failures: unknown[] = [];
  const underWay = new Set<Promise<void>>();
  const perTick = (perSecond * TICK_MS) / 1000;
  let due = 0;
  let tickedMs = systemClock.monotonicMs();
  let sentCount = 0;

  function send(): void {
    const place = sentCount++;
    const sent: Promise<void> = ask(url, { agent }).then(
      (answer) => void answers.push({ ...answer, place }),
      (error: unknown) => void failures.push(error),
    );
    underWay.add(sent);
    void sent.then(() => underWay.delete(sent));
  }

  const timer = setInterval(() => {
    const nowMs = systemClock.monotonicMs();
    // A slow machine keeps a low rate; of a high one it makes up for nothing, or it would only become slower.
    due = Math.min(due + (perSecond * (nowMs - tickedMs)) / 1000, Math.max(1, perTick));
    tickedMs = nowMs;
    for (; due >= 1; due -= 1) send();
  }, TICK_MS);
  onTestFinished(() => clearInterval(timer));

  return {
    answers,
    failures,
    async stop() {
      clearInterval(timer);
      await Promise.all(underWay);
      agent.destroy();
    },
  };
}
