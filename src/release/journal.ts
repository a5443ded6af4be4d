import type { FileHandle } from 'node:fs/promises';
import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RolloutEvent } from '../model/event.ts';
import type { Recording } from '../model/status.ts';
import type { Clock } from '../support/clock.ts';
import { aliveMsOf, leaveSign, lossOf, readSign } from './alive.ts';
import { moveAway, replaceFile, syncDirectory } from './durable.ts';
import { readEvents } from './replay.ts';

/**
 * The memory of a rollout: one event a line, appended and fsynced.
 *
 * What cannot be written is kept, in order, and tried again; until it is on disk the journal says that
 * it is not writable, and `release/control` lets no share rise. A torn write (a full disk) is cut back
 * to the last whole line before the next try. Nothing here ever throws into traffic.
 *
 * Each event carries the whole state it led to, so compaction leaves out the beginning and needs no snapshot of another
 * form: the newest events go into a temporary file, which is synced and then renamed over the journal. Whoever dies in
 * between leaves the one or the other, both whole.
 *
 * Beside it lies a sign of life with the `seq` that was last on disk. A journal that ends before it has lost events
 * that were once written, perhaps a rollback, and is therefore not believed either.
 */
export interface Journal {
  /** Writes all that waits plus these; true when everything is on disk. */
  append(events: readonly RolloutEvent[]): Promise<boolean>;
  /** Called every beat: tries again what could not be written, and now and then leaves a sign of life. */
  tend(): Promise<void>;
  /** `seq` of the last event that is on disk. */
  recordedSeq(): number;
  recording(): Recording;
  /** The newest events, oldest first; at most a thousand are kept in memory. */
  events(): readonly RolloutEvent[];
  writeFailures(): number;
  close(): Promise<void>;
  /** Closes and leaves no sign of life, because Weir never came to serve. */
  abandon(): Promise<void>;
}

/** What opening found. */
export interface Opened {
  readonly journal: Journal;
  /** Replayed from disk, oldest first. */
  readonly events: readonly RolloutEvent[];
  /** Wall clock at which the former run was last alive; null without one. */
  readonly aliveMs: number | null;
  /** Bytes of a torn last line that were cut off. */
  readonly cutBytes: number;
  /** Where an unreadable journal was put and what was wrong with it. */
  readonly setAside: { readonly path: string; readonly mistake: string } | null;
}

const KEPT_EVENTS = 1000;
/** Beyond this the journal is compacted, and then has no more events than these. */
const COMPACT_BEYOND_BYTES = 2 * 1024 * 1024;
const COMPACTED_EVENTS = 200;
const ALIVE_EVERY_MS = 10_000;
const RETRY_EVERY_MS = 1000;

export async function openJournal(
  dir: string,
  clock: Clock,
  compactBeyondBytes = COMPACT_BEYOND_BYTES,
): Promise<Opened> {
  const journal = new JournalFile(dir, clock, compactBeyondBytes);
  const found = await journal.load();
  return { journal, ...found };
}

class JournalFile implements Journal {
  readonly #dir: string;
  readonly #path: string;
  readonly #alivePath: string;
  readonly #clock: Clock;
  readonly #compactBeyondBytes: number;
  #file: FileHandle | null = null;
  /** Where an unreadable journal must be moved before a new one may be opened in its place. */
  #moveTo: string | null = null;
  /** Bytes known to be whole lines on disk. */
  #size = 0;
  #kept: RolloutEvent[] = [];
  #waiting: RolloutEvent[] = [];
  #recordedSeq = 0;
  #trouble: { error: string; sinceMs: number } | null = null;
  #failures = 0;
  #turn: Promise<boolean> = Promise.resolve(true);
  #nextTendMs = Number.NEGATIVE_INFINITY;

  constructor(dir: string, clock: Clock, compactBeyondBytes: number) {
    this.#dir = dir;
    this.#path = join(dir, 'journal.jsonl');
    this.#alivePath = join(dir, 'alive');
    this.#clock = clock;
    this.#compactBeyondBytes = compactBeyondBytes;
  }

  async load(): Promise<Omit<Opened, 'journal'>> {
    const { bytes, exists, mistake: unreadable } = await this.#read();
    const { events, wholeBytes, mistake: unbelievable } = readEvents(bytes);
    const sign = await readSign(this.#alivePath);
    const mistake = unreadable ?? unbelievable ?? lossOf(events, sign, exists);
    if (mistake === null) {
      this.#size = wholeBytes;
      this.#kept = events.slice(-KEPT_EVENTS);
      this.#recordedSeq = events.at(-1)?.seq ?? 0;
    } else {
      const stamp = new Date(this.#clock.wallMs()).toISOString().replaceAll(/[:.]/g, '-');
      this.#moveTo = `${this.#path}.corrupt-${stamp}`;
    }
    const setAside = this.#moveTo === null ? null : { path: this.#moveTo, mistake: mistake ?? '' };
    // An unreadable one stays where it is until its successor's first event is there to be written: a start that
    // fails in between must find it unreadable again, and not an empty one that knows of no rollback.
    if (this.#moveTo === null) await this.#attempt(() => this.#open());
    return {
      events: mistake === null ? events : [],
      aliveMs: aliveMsOf(events, sign),
      cutBytes: bytes.length - wholeBytes,
      setAside,
    };
  }

  append(events: readonly RolloutEvent[]): Promise<boolean> {
    this.#waiting.push(...events);
    this.#kept.push(...events);
    this.#kept.splice(0, this.#kept.length - KEPT_EVENTS);
    const last = this.#kept.at(-1);
    // Not whether all went well: what is on disk stays there though the compaction after it failed.
    return this.#inTurn(() => this.#writeWaiting()).then(() => this.#recordedSeq >= (last?.seq ?? 0));
  }

  async tend(): Promise<void> {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs < this.#nextTendMs) return;
    this.#nextTendMs = nowMs + ALIVE_EVERY_MS;
    await this.#inTurn(async () => {
      await this.#writeWaiting();
      await this.#leaveSign();
    });
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
      await this.#writeWaiting();
      await this.#leaveSign();
      await this.#closeFile();
    });
  }

  async abandon(): Promise<void> {
    await this.#inTurn(() => this.#closeFile());
  }

  #leaveSign(): Promise<void> {
    return leaveSign(this.#alivePath, { atMs: this.#clock.wallMs(), seq: this.#recordedSeq });
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
    const file = await this.#open();
    const last = this.#waiting.at(-1);
    if (last === undefined) return;
    const count = this.#waiting.length;
    const bytes = linesOf(this.#waiting);
    await file.truncate(this.#size);
    await file.appendFile(bytes);
    await file.datasync();
    this.#size += bytes.length;
    this.#waiting.splice(0, count);
    this.#recordedSeq = last.seq;
    if (this.#size > this.#compactBeyondBytes) await this.#compact();
  }

  async #compact(): Promise<void> {
    const bytes = linesOf(this.#kept.filter(({ seq }) => seq <= this.#recordedSeq).slice(-COMPACTED_EVENTS));
    await this.#closeFile();
    await replaceFile(this.#path, bytes);
    this.#size = bytes.length;
    await this.#open();
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

  async #read(): Promise<{ bytes: Buffer; exists: boolean; mistake: string | null }> {
    try {
      return { bytes: await readFile(this.#path), exists: true, mistake: null };
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const isAbsent = code === 'ENOENT' || code === 'ENOTDIR';
      return { bytes: Buffer.alloc(0), exists: !isAbsent, mistake: isAbsent ? null : messageOf(error) };
    }
  }
}

const linesOf = (events: readonly RolloutEvent[]): Buffer =>
  Buffer.from(events.map((event) => `${JSON.stringify(event)}\n`).join(''));

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
