import { onTestFinished } from 'vitest';
import type { Notice, Receiver } from '../../../src/model/notice.ts';
import { NOTICES } from '../../../src/model/notice.ts';
import type { RolloutEvent } from '../../../src/model/event.ts';
import type { Webhooks, WebhookParts } from '../../../src/tell/webhooks/webhooks.ts';
import { createWebhooks } from '../../../src/tell/webhooks/webhooks.ts';
import type { Wait } from '../../../src/support/wait.ts';
import { acted, DECLARE, NOW_MS, stillClock, UNHEALTHY } from '../../release/fixtures.ts';
import type { LogLine } from '../../log-lines.ts';
import { recordedLog } from '../../log-lines.ts';

/** A first start with a candidate, and its rollback by a guard. */
export const EVENTS: readonly RolloutEvent[] = acted([
  DECLARE,
  { kind: 'verdict', verdict: UNHEALTHY, traceIds: ['4bf92f3577b34da6a3ce929d0e0e4736'] },
]).events;
export const [DECLARED, ROLLED_BACK] = EVENTS as [RolloutEvent, RolloutEvent];

export const NOTICE: Notice = {
  event: 'rollback',
  service: 'checkout',
  at: new Date(NOW_MS).toISOString(),
  seq: 7,
  transactionId: 't1',
  actor: 'guard',
  phase: 'rolled-back',
  stable: 'v1.2.3',
  candidate: 'v1.3.0',
  former: null,
  weights: { before: { stable: 95, candidate: 5 }, after: { stable: 100, candidate: 0 } },
  reason: 'candidate failures 7.2 % > 0.5 %',
  reasons: UNHEALTHY.reasons,
  traceIds: ['4bf92f3577b34da6a3ce929d0e0e4736'],
  mistakes: [],
};

export const receiverAt = (url: string, changes: Partial<Receiver> = {}): Receiver => ({
  url,
  events: NOTICES,
  secretFile: null,
  format: 'json',
  ...changes,
});

export interface Told extends Webhooks {
  readonly lines: readonly LogLine[];
  /** How long it would have waited between tries, in order. */
  readonly waitsMs: readonly number[];
}

/** Webhooks that wait for nothing between tries, unless told how, and for an answer longer than any test. */
export function webhooksOf(receivers: readonly Receiver[], changes: Partial<WebhookParts> = {}): Told {
  const { log, lines } = recordedLog();
  const waitsMs: number[] = [];
  const wait: Wait = async (ms) => void waitsMs.push(ms);
  let ids = 0;
  const webhooks = createWebhooks({
    service: 'checkout',
    receivers,
    candidate: null,
    clock: stillClock(),
    random: () => 0.5,
    newId: () => `id-${(ids += 1)}`,
    log,
    wait,
    timeoutMs: 300_000,
    ...changes,
  });
  onTestFinished(() => webhooks.stop(0));
  return { ...webhooks, lines, waitsMs };
}
