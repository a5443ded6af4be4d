import type { RolloutEvent } from '../../model/event.ts';
import type { DeliveryResult, Notice, Receiver } from '../../model/notice.ts';
import { DELIVERY_RESULTS } from '../../model/notice.ts';
import type { Rollout } from '../../model/rollout.ts';
import { systemWait } from '../../support/wait.ts';
import { noticeOf, refusedNotice } from './notice.ts';
import { createQueue, type Queue, type QueueParts } from './queue.ts';

/**
 * Tells people and other programs what has happened, by POST to the addresses in the configuration file and to no
 * others. Each receiver has a queue of its own: one that hangs delays no other, and none delays what acts.
 */
export interface Webhooks {
  /**
   * Returns at once. Only for events that have just happened, never for those of a journal that is replayed. `isOurs` is
   * false for those that happened elsewhere in a fleet: they are told by whoever wrote them.
   */
  note(event: RolloutEvent, isOurs?: boolean): void;
  /** The configuration file was read again and refused. */
  refused(rollout: Rollout, mistakes: readonly string[]): void;
  /** Puts other receivers in force. One whose URL stays keeps its queue; what others had waiting is dropped. */
  adjust(receivers: readonly Receiver[]): void;
  read(): WebhookReading;
  /** Tries at once whatever waits, for so long, and then gives it up. */
  stop(graceMs: number): Promise<void>;
}

export interface WebhookReading {
  /** Deliveries since the start. */
  readonly byResult: Readonly<Record<DeliveryResult, number>>;
  /** Notices that wait or are under way, of all receivers. */
  readonly queued: number;
}

export interface WebhookParts
  extends Partial<Pick<QueueParts, 'wait' | 'timeoutMs'>>, Pick<QueueParts, 'clock' | 'random' | 'newId' | 'log'> {
  readonly service: string;
  readonly receivers: readonly Receiver[];
  /** The candidate's version before the first event that will be noted. */
  readonly candidate: string | null;
}

interface Told {
  readonly queue: Queue;
  readonly receiver: Receiver;
}

const TRY_TIMEOUT_MS = 5000;

export function createWebhooks(parts: WebhookParts): Webhooks {
  const { service, clock } = parts;
  const byResult = Object.fromEntries(DELIVERY_RESULTS.map((result) => [result, 0])) as Record<DeliveryResult, number>;
  const count = (result: DeliveryResult): void => {
    byResult[result] += 1;
  };
  const wait = parts.wait ?? systemWait;
  const queueParts: QueueParts = { ...parts, wait, timeoutMs: parts.timeoutMs ?? TRY_TIMEOUT_MS, count };
  let { candidate } = parts;
  let told: readonly Told[] = [];
  adjust(parts.receivers);

  function adjust(receivers: readonly Receiver[]): void {
    const former = [...told];
    told = receivers.map((receiver, position): Told => {
      const name = nameOf(receiver, position);
      const index = former.findIndex(({ receiver: { url } }) => url === receiver.url);
      const [same] = index < 0 ? [] : former.splice(index, 1);
      const queue = same?.queue ?? createQueue(receiver, name, queueParts);
      queue.adjust(receiver, name);
      return { queue, receiver };
    });
    for (const { queue } of former) queue.end();
  }

  function send(notice: Notice): void {
    for (const { queue, receiver } of told) {
      if (receiver.events.includes(notice.event)) queue.add(notice);
    }
  }

  return {
    note(event, isOurs = true) {
      const notice = noticeOf(event, candidate);
      candidate = event.candidate?.version ?? null;
      if (notice !== null && isOurs) send(notice);
    },
    refused: (rollout, mistakes) => send(refusedNotice(service, rollout, mistakes, clock.wallMs())),
    adjust,
    read: () => ({ byResult: { ...byResult }, queued: told.reduce((sum, { queue }) => sum + queue.size(), 0) }),
    async stop(graceMs) {
      const over = new AbortController();
      const all = Promise.all(told.map(({ queue }) => queue.hurry()));
      await Promise.race([all, wait(graceMs, over.signal)]);
      over.abort();
      for (const { queue } of told) queue.end();
      await all;
    },
  };
}

/** Position and host: what else is in a webhook's URL lets anybody write in its place. */
function nameOf({ url }: Receiver, position: number): string {
  return `webhooks[${position}] (${new URL(url).host})`;
}
