import type { DeliveryResult, Notice, Receiver } from '../../model/notice.ts';
import { call } from '../../support/call.ts';
import type { Clock } from '../../support/clock.ts';
import type { Random } from '../../support/random.ts';
import type { Wait } from '../../support/wait.ts';
import type { Log } from '../log.ts';
import { bodyOf } from './body.ts';
import { nextAfter } from './retry.ts';
import { readSecret, signatureOf } from './sign.ts';
import { messageOf } from '../../support/message.ts';

/**
 * The notices that one receiver has yet to be told, in order and one at a time. It is bounded: when a receiver is away
 * for so long that the queue is full, the oldest waiting notice makes room, because the newest says how things stand.
 */
export interface Queue {
  /** Returns at once; the delivery begins later. */
  add(notice: Notice): void;
  /** The receiver is described otherwise from the next try on. */
  adjust(receiver: Receiver, name: string): void;
  /** Notices that wait or are under way. */
  size(): number;
  /** Waits for nothing between tries any more; resolves when nothing is left. */
  hurry(): Promise<void>;
  /** Gives up what is left. */
  end(): void;
}

export interface QueueParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly newId: () => string;
  readonly log: Log;
  readonly wait: Wait;
  /** For one try. */
  readonly timeoutMs: number;
  readonly count: (result: DeliveryResult) => void;
}

/** Waiting ones, besides the one that is under way. */
export const MOST_WAITING = 100;

export function createQueue(first: Receiver, firstName: string, parts: QueueParts): Queue {
  const { clock, random, newId, log, wait, timeoutMs, count } = parts;
  const waiting: Notice[] = [];
  const ended = new AbortController();
  const hurried = new AbortController();
  let receiver = first;
  /** Position and host: the rest of the URL is a secret. */
  let name = firstName;
  let isDelivering = false;
  let run = Promise.resolve();

  function add(notice: Notice): void {
    if (ended.signal.aborted) return;
    waiting.push(notice);
    if (waiting.length > MOST_WAITING) drop(waiting.splice(0, 1), 'its queue is full');
    if (isDelivering) return;
    isDelivering = true;
    run = deliverAll();
  }

  async function deliverAll(): Promise<void> {
    // Whoever tells must not wait even for the beginning of a delivery.
    await Promise.resolve();
    for (let notice = waiting.shift(); notice !== undefined; notice = waiting.shift()) {
      count(await deliver(notice));
    }
    isDelivering = false;
  }

  async function deliver(notice: Notice): Promise<DeliveryResult> {
    const id = newId();
    const { event, seq } = notice;
    for (let tries = 1; ; tries += 1) {
      const { status, text, retryAfter } = await attempt(notice, id);
      const next = nextAfter({ status, retryAfter, tries }, random(), clock.wallMs());
      const fields = { receiver: name, event, notice: seq, delivery: id, tries, answer: text };
      if (next.kind === 'delivered') {
        log.debug(fields, 'a notification was delivered');
        return next.kind;
      }
      if (next.kind === 'failed') {
        log.warn(fields, 'a notification was given up: its receiver does not take it');
        return next.kind;
      }
      if (hurried.signal.aborted || ended.signal.aborted) {
        log.warn(fields, 'a notification was given up: Weir stops, or nobody is to be told any more');
        return 'dropped';
      }
      log.debug({ ...fields, waitMs: next.waitMs }, 'a notification is tried again');
      await wait(next.waitMs, hurried.signal);
    }
  }

  /** Never rejects. A body that should be signed and cannot be is not sent. */
  async function attempt(notice: Notice, id: string) {
    const { url, format, secretFile } = receiver;
    try {
      const body = Buffer.from(JSON.stringify(bodyOf(notice, format)));
      const secret = secretFile === null ? null : await readSecret(secretFile);
      const headers = {
        'content-type': 'application/json',
        'user-agent': 'weir',
        'x-weir-delivery': id,
        'x-weir-event': notice.event,
        ...(secret !== null && { 'x-weir-signature': signatureOf(body, secret, clock.wallMs()) }),
      };
      return await call({ method: 'POST', url, timeoutMs, body, headers, signal: ended.signal });
    } catch (error) {
      const text = `cannot be signed: ${messageOf(error)}`;
      return { status: 0, text, retryAfter: null };
    }
  }

  function drop(notices: readonly Notice[], why: string): void {
    for (const { event, seq } of notices) {
      log.warn({ receiver: name, event, notice: seq }, `a notification was dropped: ${why}`);
      count('dropped');
    }
  }

  return {
    add,
    adjust(next, nextName) {
      receiver = next;
      name = nextName;
    },
    size: () => waiting.length + Number(isDelivering),
    async hurry() {
      hurried.abort();
      await run;
    },
    end() {
      drop(waiting.splice(0), 'Weir stops, or nobody is to be told any more');
      ended.abort();
      hurried.abort();
    },
  };
}
