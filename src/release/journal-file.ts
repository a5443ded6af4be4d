import type { FileHandle } from 'node:fs/promises';
import { mkdir, open } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { RolloutEvent } from '../model/event.ts';
import type { Recording } from '../model/status.ts';
import type { Clock } from '../support/clock.ts';
import { messageOf } from '../support/message.ts';
import { leaveSign } from './alive.ts';
import { COMPACT_BEYOND_BYTES, linesOf, nextRoomOf, remainingOf } from './compact.ts';
import { asidePathOf, moveAway, presenceOf, readIfThere, replaceFile, syncDirectory } from './durable.ts';
import type { Journal, Opened } from './journal.ts';
import { strangerIn } from './owner.ts';
import { recall } from './recall.ts';
import { readEvents } from './replay.ts';
import type { Appended } from './shared.ts';

const KEPT_EVENTS = 1000;
const ALIVE_EVERY_MS = 10_000;
const RETRY_EVERY_MS = 1000;

/** Opens the journal in this directory, or begins one. @param service whose it must be to be believed. */
export async function openJournal(
  dir: string,
  service: string,
  clock: Clock,
  compactBeyondBytes = COMPACT_BEYOND_BYTES,
): Promise<Opened> {
  const journal = new JournalFile(dir, service, clock, compactBeyondBytes);
  return { journal, ...(await journal.load()) };
}

/**
 * A journal in a state directory.
 *
 * What cannot be written is kept, in order, and tried again; until it is on disk the journal says that
 * it is not writable, and `release/control` lets no share rise. A torn write (a full disk) is cut back
 * to the last whole line before the next try. Nothing here ever throws into traffic.
 *
 * When it has grown, its newest events (`compact.ts`) go into a temporary file, which is synced and then renamed over the
 * journal. Whoever dies in between leaves the one or the other, both whole. In the same way it is written anew when
 * somebody has removed, replaced or shortened it while it was in use. One that has grown by what was not written here is
 * another sidecar's too, and so is one that was replaced by another service's: nothing is written to it any more, because
 * either would destroy what the other remembers.
 *
 * Beside it lies a sign of life with the `seq` that was last on disk. A journal that ends before it has lost events
 * that were once written, perhaps a rollback, and is therefore not believed either.
 */
class JournalFile implements Journal {
  readonly #dir: string;
  readonly #path: string;
  readonly #alivePath: string;
  readonly #service: string;
  readonly #clock: Clock;
  readonly #compactBeyondBytes: number;
  #roomBytes: number;
  #file: FileHandle | null = null;
  /** Where an unreadable journal must be moved before a new one may be opened in its place. */
  #moveTo: string | null = null;
  /** Bytes known to be whole lines on disk. */
  #size = 0;
  /** Whether bytes behind them may be the beginning of a line that was never finished here. */
  #isTorn = false;
  #isShared = false;
  #kept: RolloutEvent[] = [];
  #waiting: RolloutEvent[] = [];
  #recordedSeq = 0;
  #trouble: { error: string; sinceMs: number } | null = null;
  #failures = 0;
  #turn: Promise<boolean> = Promise.resolve(true);
  #nextTendMs = Number.NEGATIVE_INFINITY;

  constructor(dir: string, service: string, clock: Clock, compactBeyondBytes: number) {
    // Whole, for the working directory may be removed: what is relative to one that is gone, Node tries to make for ever.
    this.#dir = resolve(dir);
    this.#service = service;
    this.#path = join(this.#dir, 'journal.jsonl');
    this.#alivePath = join(this.#dir, 'alive');
    this.#clock = clock;
    this.#compactBeyondBytes = compactBeyondBytes;
    this.#roomBytes = compactBeyondBytes;
  }

  async load(): Promise<Omit<Opened, 'journal'>> {
    const recalled = await recall(this.#path, this.#alivePath, this.#service);
    const { events, exists, wholeBytes, cutBytes, aliveMs, mistake } = recalled;
    if (mistake === null) {
      this.#size = wholeBytes;
      this.#isTorn = cutBytes > 0;
      this.#kept = events.slice(-KEPT_EVENTS);
      this.#recordedSeq = events.at(-1)?.seq ?? 0;
    } else {
      this.#moveTo = asidePathOf(this.#path, this.#clock.wallMs());
    }
    const setAside = mistake === null ? null : { path: exists ? this.#moveTo : null, mistake };
    // An unreadable one stays where it is until its successor's first event is there to be written: a start that
    // fails in between must find it unreadable again, and not an empty one that knows of no rollback.
    if (this.#moveTo === null) await this.#attempt(() => this.#open());
    return { events, aliveMs, cutBytes, setAside };
  }

  append(events: readonly RolloutEvent[]): Promise<Appended> {
    this.#waiting.push(...events);
    this.#kept.push(...events);
    this.#kept.splice(0, this.#kept.length - KEPT_EVENTS);
    const last = this.#kept.at(-1);
    // Not whether all went well: what is on disk stays there though the compaction after it failed.
    return this.#inTurn(() => this.#writeWaiting()).then(() => last === undefined || !this.#waiting.includes(last));
  }

  async tend(): Promise<void> {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs < this.#nextTendMs) return;
    this.#nextTendMs = nowMs + ALIVE_EVERY_MS;
    await this.#inTurn(() => this.#writeAndSign());
  }

  recordedSeq(): number {
    return this.#recordedSeq;
  }

  recording(): Recording {
    return this.#trouble === null ? { writable: true } : { writable: false, ...this.#trouble };
  }

  events(): readonly RolloutEvent[] {
    return this.#kept;
  }

  writeFailures(): number {
    return this.#failures;
  }

  async close(): Promise<void> {
    await this.#inTurn(async () => {
      try {
        await this.#writeAndSign();
      } finally {
        await this.#closeFile();
      }
    });
  }

  async abandon(): Promise<void> {
    await this.#inTurn(() => this.#closeFile());
  }

  async #writeAndSign(): Promise<void> {
    await this.#writeWaiting();
    await leaveSign(this.#alivePath, { atMs: this.#clock.wallMs(), seq: this.#recordedSeq });
  }

  async #closeFile(): Promise<void> {
    await this.#file?.close();
    this.#file = null;
  }

  /** One write at a time, in the order asked; true when it worked. */
  #inTurn(work: () => Promise<unknown>): Promise<boolean> {
    this.#turn = this.#turn.then(() => this.#attempt(work));
    return this.#turn;
  }

  /** What went wrong is remembered until something works again. */
  async #attempt(work: () => Promise<unknown>): Promise<boolean> {
    try {
      await work();
      this.#trouble = null;
      return true;
    } catch (error) {
      this.#failures++;
      this.#nextTendMs = Math.min(this.#nextTendMs, this.#clock.monotonicMs() + RETRY_EVERY_MS);
      this.#trouble = { sinceMs: this.#trouble?.sinceMs ?? this.#clock.wallMs(), error: messageOf(error) };
      return false;
    }
  }

  async #writeWaiting(): Promise<void> {
    await this.#stayThere();
    const file = await this.#open();
    const last = this.#waiting.at(-1);
    if (last === undefined) return;
    const count = this.#waiting.length;
    const bytes = linesOf(this.#waiting);
    await file.truncate(this.#size);
    this.#isTorn = true;
    await file.appendFile(bytes);
    await file.datasync();
    this.#size += bytes.length;
    this.#isTorn = false;
    this.#waiting.splice(0, count);
    this.#recordedSeq = last.seq;
    if (this.#size > this.#roomBytes) await this.#compact();
  }

  /** Notices that what is on disk is there no more, and writes down again all that is known of it; rejects for a rival. */
  async #stayThere(): Promise<void> {
    if (this.#file === null) return;
    const presence = await presenceOf(this.#file, this.#path, this.#size);
    this.#isShared ||= (presence === 'grown' && !this.#isTorn) || (presence === 'replaced' && (await this.#isRivals()));
    if (this.#isShared) throw new Error(`another program writes to ${this.#path}: journal.dir must be its own`);
    if (presence === 'same' || presence === 'grown') return;
    this.#failures++;
    await mkdir(this.#dir, { recursive: true });
    if (presence === 'replaced') await moveAway(this.#path, asidePathOf(this.#path, this.#clock.wallMs()));
    await this.#rewrite(this.#recorded());
  }

  /** Whether another service's sidecar, which has not believed our journal, has begun its own where it was. */
  async #isRivals(): Promise<boolean> {
    const bytes = await readIfThere(this.#path).catch(() => null);
    const { events } = readEvents(bytes ?? Buffer.alloc(0));
    return strangerIn(events, this.#service) !== null;
  }

  async #compact(): Promise<void> {
    const bytes = await this.#rewrite(remainingOf(this.#recorded(), this.#compactBeyondBytes));
    this.#roomBytes = nextRoomOf(this.#compactBeyondBytes, bytes);
  }

  /** Until it has worked the former file stays in use, so that the next try finds the same trouble again. */
  async #rewrite(events: readonly RolloutEvent[]): Promise<number> {
    const bytes = linesOf(events);
    await replaceFile(this.#path, bytes);
    await this.#closeFile();
    this.#size = bytes.length;
    await this.#open();
    return bytes.length;
  }

  #recorded(): readonly RolloutEvent[] {
    return this.#kept.filter((event) => !this.#waiting.includes(event));
  }

  async #open(): Promise<FileHandle> {
    if (this.#file !== null) return this.#file;
    await mkdir(this.#dir, { recursive: true });
    if (this.#moveTo !== null) {
      await moveAway(this.#path, this.#moveTo);
      this.#moveTo = null;
    }
    this.#file = await open(this.#path, 'a');
    await syncDirectory(this.#dir);
    return this.#file;
  }
}
