import type { RolloutEvent } from '../model/event.ts';
import { aliveMsOf, lossOf, readSign } from './alive.ts';
import { readIfThere } from './durable.ts';
import { strangerIn } from './owner.ts';
import { readEvents } from './replay.ts';
import { messageOf } from '../support/message.ts';

/** What a journal and the sign of life beside it remember. */
export interface Recalled {
  /** Oldest first; empty when they cannot be believed. */
  readonly events: readonly RolloutEvent[];
  readonly exists: boolean;
  /** Bytes up to the end of the last whole line. */
  readonly wholeBytes: number;
  /** Bytes of a torn last line behind them. */
  readonly cutBytes: number;
  /** Wall clock at which the former run was last alive; null without one. */
  readonly aliveMs: number | null;
  /** Why the journal cannot be believed; null when it can. */
  readonly mistake: string | null;
}

/** Never rejects: a journal that cannot be read is one that cannot be believed. */
export async function recall(path: string, alivePath: string, service: string): Promise<Recalled> {
  const sign = await readSign(alivePath);
  try {
    const bytes = await readIfThere(path);
    const { events, wholeBytes, mistake: unbelievable } = readEvents(bytes ?? Buffer.alloc(0));
    const exists = bytes !== null;
    const mistake = unbelievable ?? strangerIn(events, service) ?? lossOf(events, sign, exists);
    const cutBytes = (bytes?.length ?? 0) - wholeBytes;
    const aliveMs = aliveMsOf(events, sign);
    return { events: mistake === null ? events : [], exists, wholeBytes, cutBytes, aliveMs, mistake };
  } catch (error) {
    const mistake = messageOf(error);
    return { events: [], exists: true, wholeBytes: 0, cutBytes: 0, aliveMs: null, mistake };
  }
}
