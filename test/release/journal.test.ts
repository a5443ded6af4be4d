import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { appendFile, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Journal, Opened } from '../../src/release/journal.ts';
import * as journals from '../../src/release/journal-file.ts';
import type { Input } from '../../src/release/act.ts';
import { blankRollout, fold } from '../../src/release/fold.ts';
import type { Clock } from '../../src/support/clock.ts';
import { acted, DECLARATION, DECLARE, EVIDENCE, stillClock, UNHEALTHY } from './fixtures.ts';

const { events } = acted([DECLARE, { kind: 'verdict', verdict: UNHEALTHY, traceIds: ['abc'] }]);

/** Where Linux shows which files this process has open. */
const OPEN_FILES = '/proc/self/fd';

let dir: string;
let file: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'weir-journal-'));
  file = join(dir, 'journal.jsonl');
});
const left: Journal[] = [];
afterEach(async () => {
  for (const journal of left.splice(0)) await journal.abandon();
  await rm(dir, { recursive: true, force: true });
});

/** Closed when the test is over, as a process that ends would do. */
async function openJournal(where: string, clock: Clock, room?: number, service = 'checkout'): Promise<Opened> {
  const opened = await journals.openJournal(where, service, clock, room);
  left.push(opened.journal);
  return opened;
}

async function written(): Promise<void> {
  const { journal } = await openJournal(dir, stillClock());
  await journal.append(events.slice(0, 1));
  await journal.append(events.slice(1));
  await journal.close();
}

describe('the journal', () => {
  it('starts empty in a directory that does not exist yet', async () => {
    const deeper = join(dir, 'a', 'b');
    const opened = await openJournal(deeper, stillClock());
    expect(opened).toMatchObject({ events: [], aliveMs: null, cutBytes: 0, setAside: null });
    expect(await opened.journal.append(events.slice(0, 1))).toBe(true);
    expect(await readdir(deeper)).toContain('journal.jsonl');
  });

  it('holds one event a line and gives them back', async () => {
    await written();
    expect((await readFile(file, 'utf8')).split('\n')).toHaveLength(3);
    const opened = await openJournal(dir, stillClock());
    expect(opened.events).toEqual(events);
    expect(opened.journal.recordedSeq()).toBe(2);
  });

  it('gives spent tokens back, and reads the lines of a Weir that knew of none', async () => {
    const token = { id: '0123456789ab', expiresAtMs: stillClock().wallMs() + 1000 };
    const { rollout, events: all } = acted([DECLARE, { kind: 'spend-token', token, actor: 'ci', reason: 'on pause' }]);
    expect(all[0]).not.toHaveProperty('spentTokens');
    const { journal } = await openJournal(dir, stillClock());
    await journal.append(all);
    await journal.close();
    const opened = await openJournal(dir, stillClock());
    expect(opened.events.reduce(fold, blankRollout(DECLARATION, 0)).spentTokens).toEqual([token]);
    expect(rollout.spentTokens).toEqual([token]);
  });

  it('cuts a last line that was being written when the program died, and goes on behind the last whole one', async () => {
    await written();
    const whole = await readFile(file);
    for (const torn of ['{', '{"seq":3,"at":"2026', JSON.stringify({ ...events[1], seq: 3 })]) {
      await rm(join(dir, 'alive'));
      await writeFile(file, whole);
      await appendFile(file, torn);
      const { journal, cutBytes, ...found } = await openJournal(dir, stillClock());
      expect(found.setAside).toBeNull();
      expect(cutBytes).toBe(torn.length);
      await journal.append([{ ...events[1]!, seq: 3 }]);
      await journal.close();
      expect((await openJournal(dir, stillClock())).events.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    }
  });

  const damaged: [string, () => Promise<unknown>][] = [
    ['random bytes', () => writeFile(file, Buffer.from([0, 255, 10, 13, 10]))],
    [
      'garbage in the middle',
      async () => writeFile(file, `${JSON.stringify(events[0])}\nnonsense\n${JSON.stringify(events[1])}\n`),
    ],
    ['random bytes without a line end', () => writeFile(file, Buffer.from([0, 255, 13]))],
    ['JSON of another shape', () => writeFile(file, '{"weight": 100}\n')],
    [
      'zero bytes for what was there',
      () =>
        written()
          .then(() => truncate(file, 0))
          .then(() => truncate(file, 400))
          .then(() => appendFile(file, '\n')),
    ],
    [
      'a missing line',
      async () => writeFile(file, `${JSON.stringify(events[0])}\n${JSON.stringify({ ...events[1], seq: 3 })}\n`),
    ],
    [
      'weights that do not sum to 100',
      async () =>
        writeFile(
          file,
          `${JSON.stringify({ ...events[0], weights: { before: { stable: 0, candidate: 5 }, after: { stable: 0, candidate: 5 } } })}\n`,
        ),
    ],
    ['a share for nobody', async () => writeFile(file, `${JSON.stringify({ ...events[0], candidate: null })}\n`)],
    ['a directory in its place', () => mkdir(file)],
    ['lines of a later version', async () => writeFile(file, `${JSON.stringify({ ...events[0], format: 2 })}\n`)],
    [
      'a weight in a phase that has none',
      async () => writeFile(file, `${JSON.stringify({ ...events[0], phase: 'idle' })}\n`),
    ],
    [
      'a time that no clock can show',
      async () =>
        writeFile(
          file,
          `${JSON.stringify({ ...events[0], releases: events[0]!.releases.map((entry) => ({ ...entry, atMs: 1e300 })) })}\n`,
        ),
    ],
    [
      'a release to be trusted by what is no name',
      async () =>
        writeFile(file, `${JSON.stringify({ ...events[0], stable: { ...events[0]!.stable, serverName: 5 } })}\n`),
    ],
    [
      'a release to be trusted by what is no file',
      async () => writeFile(file, `${JSON.stringify({ ...events[0], stable: { ...events[0]!.stable, ca: 0 } })}\n`),
    ],
    ['nothing, where something was', () => written().then(() => truncate(file, 0))],
    [
      'whole lines, but not the last ones that were written',
      () => written().then(() => writeFile(file, `${JSON.stringify(events[0])}\n`)),
    ],
    [
      'a torn line that had once been whole',
      async () => {
        await written();
        await truncate(file, (await readFile(file)).length - 20);
      },
    ],
  ];

  it.each(damaged)('that holds %s is set aside, kept, and a new one begun', async (_what, damage) => {
    await damage();
    const { journal, events: found, setAside } = await openJournal(dir, stillClock());
    expect(found).toEqual([]);
    expect(setAside?.path).toMatch(/journal\.jsonl\.corrupt-2026-11-20T/);
    expect(setAside?.mistake).not.toBe('');
    expect(await journal.append(events)).toBe(true);
    await journal.close();
    expect((await readdir(dir)).filter((name) => name.startsWith('journal'))).toHaveLength(2);
    expect((await openJournal(dir, stillClock())).events).toEqual(events);
  });

  it('is whose its last event is: a name that the service once had does not matter', async () => {
    const renamed = [{ ...events[0]!, service: 'till' }, events[1]!];
    await writeFile(file, renamed.map((event) => `${JSON.stringify(event)}\n`).join(''));
    expect(await openJournal(dir, stillClock())).toMatchObject({ setAside: null, events: renamed });
    const { events: found, setAside } = await openJournal(dir, stillClock(), undefined, 'till');
    expect(found).toEqual([]);
    expect(setAside?.mistake).toBe('it is the journal of the service checkout, and this is till');
  });

  it('that is gone although its sign of life knows of events is lost, and not a first start', async () => {
    await written();
    await rm(file);
    const { journal, events: found, setAside } = await openJournal(dir, stillClock());
    expect(found).toEqual([]);
    expect(setAside).toEqual({ path: null, mistake: 'it is gone, but event 2 was written before' });
    expect(await journal.append(events)).toBe(true);
    await journal.close();
    expect((await readdir(dir)).toSorted()).toEqual(['alive', 'journal.jsonl']);
    expect((await openJournal(dir, stillClock())).events).toEqual(events);
  });

  it('gives back what a reset rested on, and believes the rest of a line whose evidence it does not understand', async () => {
    const lineWith = (given: unknown) => `${JSON.stringify({ ...events[0], evidence: given })}\n`;
    await writeFile(file, lineWith(EVIDENCE));
    expect((await openJournal(dir, stillClock())).events).toEqual([{ ...events[0], evidence: EVIDENCE }]);
    await writeFile(file, lineWith({ ...EVIDENCE, guards: { ...EVIDENCE.guards, rule: 'of another age' } }));
    const opened = await openJournal(dir, stillClock());
    expect(opened).toMatchObject({ setAside: null, events: [{ seq: 1 }] });
    expect(opened.events[0]!.evidence).toBeUndefined();
  });

  it('knows when the former run was last alive', async () => {
    const clock = stillClock();
    const { journal } = await openJournal(dir, clock);
    await journal.append(events);
    await journal.tend();
    clock.advance(25_000);
    await journal.tend();
    const opened = await openJournal(dir, stillClock());
    expect(opened.aliveMs).toBe(clock.wallMs());
  });

  it('reads a sign of life that makes no sense as none', async () => {
    await written();
    await writeFile(join(dir, 'alive'), 'garbage');
    expect((await openJournal(dir, stillClock())).setAside).toBeNull();
    await rm(join(dir, 'alive'));
    await mkdir(join(dir, 'alive'));
    const { journal } = await openJournal(dir, stillClock());
    await journal.tend();
    expect(journal.recording()).toEqual({ writable: true });
  });

  it('takes the last event for the last sign of life when the sign itself is lost', async () => {
    await written();
    await rm(join(dir, 'alive'));
    expect((await openJournal(dir, stillClock())).aliveMs).toBe(Date.parse(events[1]!.at));
  });
});

describe('a journal that cannot be written', () => {
  it('keeps what it is given, says so, and writes all of it in order once it can', async () => {
    const blocked = join(dir, 'blocked');
    await writeFile(blocked, 'a file where the state directory should be');
    const clock = stillClock();
    const { journal } = await openJournal(blocked, clock);
    expect(journal.recording()).toMatchObject({ writable: false, sinceMs: clock.wallMs() });
    expect(await journal.append(events.slice(0, 1))).toBe(false);
    expect(await journal.append(events.slice(1))).toBe(false);
    expect(journal.writeFailures()).toBeGreaterThanOrEqual(3);
    expect(journal.recordedSeq()).toBe(0);

    await rm(blocked);
    clock.advance(1000);
    await journal.tend();
    expect(journal.recording()).toEqual({ writable: true });
    expect(journal.recordedSeq()).toBe(2);
    expect((await openJournal(blocked, clock)).events).toEqual(events);
  });

  it('can be written again when somebody has taken the unreadable one away', async () => {
    await writeFile(file, 'nonsense\n');
    const { journal } = await openJournal(dir, stillClock());
    await rm(file);
    expect(await journal.append(events)).toBe(true);
  });

  it('never overwrites an unreadable journal that it could not move away', async () => {
    await writeFile(file, 'nonsense\n');
    const clock = stillClock();
    await mkdir(`${file}.corrupt-2026-11-20T12-00-00-000Z`);
    const { journal } = await openJournal(dir, clock);
    expect(await journal.append(events)).toBe(false);
    expect(await readFile(file, 'utf8')).toBe('nonsense\n');
  });
});

describe.skipIf(!existsSync(OPEN_FILES))('a journal that is closed', () => {
  const opened = () => readdirSync(OPEN_FILES).filter((name) => leadsTo(join(OPEN_FILES, name)) === file);
  const leadsTo = (link: string): string | null => {
    try {
      return readlinkSync(link);
    } catch {
      return null;
    }
  };

  it('leaves no file open though its end could not be written', async () => {
    const { journal } = await openJournal(dir, stillClock());
    await journal.append(events);
    await appendFile(file, 'of somebody else\n');
    expect(opened()).toHaveLength(1);
    await journal.close();
    expect(journal.recording().writable).toBe(false);
    expect(opened()).toHaveLength(0);
  });
});

describe('a journal in use', () => {
  const gone: [string, () => Promise<unknown>][] = [
    ['removed', () => rm(file)],
    ['removed with its directory', () => rm(dir, { recursive: true })],
    ['replaced by a directory', () => rm(file).then(() => mkdir(file))],
    ['replaced', () => rename(file, `${file}.old`).then(() => writeFile(file, 'somebody else\n'))],
    ['shortened', () => truncate(file, 10)],
    ['emptied', () => truncate(file, 0)],
  ];

  it.each(gone)('that is %s is written down again at the next sign of life', async (_what, vanish) => {
    const clock = stillClock();
    const { journal } = await openJournal(dir, clock);
    await journal.append(events);
    await vanish();
    clock.advance(10_000);
    await journal.tend();
    expect(journal.recording()).toEqual({ writable: true });
    expect(journal.writeFailures()).toBe(1);
    expect((await openJournal(dir, clock)).events).toEqual(events);
  });

  it.each(gone)('that is %s has all events again with the next one', async (_what, vanish) => {
    const { journal } = await openJournal(dir, stillClock());
    await journal.append(events.slice(0, 1));
    await vanish();
    expect(await journal.append(events.slice(1))).toBe(true);
    await journal.close();
    const opened = await openJournal(dir, stillClock());
    expect([opened.setAside, opened.events]).toEqual([null, events]);
  });

  it('keeps aside what somebody else has put in its place', async () => {
    const { journal } = await openJournal(dir, stillClock());
    await journal.append(events.slice(0, 1));
    await rename(file, `${file}.old`);
    await writeFile(file, 'somebody else\n');
    await journal.append(events.slice(1));
    const [aside = ''] = (await readdir(dir)).filter((name) => name.includes('corrupt'));
    expect(await readFile(join(dir, aside), 'utf8')).toBe('somebody else\n');
  });
});

describe('a journal that two sidecars were given', () => {
  it('is left alone by the one that finds lines of the other in it, and says that it cannot write', async () => {
    const clock = stillClock();
    const room = Buffer.byteLength(JSON.stringify(events[0])) + 10;
    const { journal: first } = await openJournal(dir, clock, room);
    const { journal: second } = await openJournal(dir, clock);
    await first.append(events.slice(0, 1));
    expect(await second.append(events.slice(0, 1))).toBe(false);
    expect(second.recording()).toMatchObject({ writable: false, error: expect.stringContaining('journal.dir') });
    // Compacted, it is another file under the same name, and still the other's.
    const { ino } = await stat(file);
    await first.append(events.slice(1));
    expect((await stat(file)).ino).not.toBe(ino);
    clock.advance(10_000);
    await second.tend();
    expect(second.recording()).toMatchObject({ writable: false });
    await first.close();
    const opened = await openJournal(dir, clock);
    expect([opened.setAside, opened.events]).toEqual([null, events]);
  });

  it('of two services is left to the one that has begun its own in it', async () => {
    const clock = stillClock();
    const { journal: first } = await openJournal(dir, clock, undefined, 'payments');
    const payments = events.map((event) => ({ ...event, service: 'payments' }));
    await first.append(payments.slice(0, 1));
    const { journal: second, setAside } = await openJournal(dir, clock);
    expect(setAside?.mistake).toBe('it is the journal of the service payments, and this is checkout');
    expect(await second.append(events.slice(0, 1))).toBe(true);
    expect(await first.append(payments.slice(1))).toBe(false);
    expect(first.recording()).toMatchObject({ writable: false, error: expect.stringContaining('journal.dir') });
    expect(await second.append(events.slice(1))).toBe(true);
    expect((await readdir(dir)).filter((name) => name.includes('corrupt'))).toHaveLength(1);
    await first.close();
    await second.close();
    const opened = await openJournal(dir, clock);
    expect([opened.setAside, opened.events]).toEqual([null, events]);
  });

  it('is no such journal when its last line was torn by a crash', async () => {
    await written();
    await appendFile(file, '{"seq":3,"for');
    const { journal } = await openJournal(dir, stillClock());
    const third = { ...events[1]!, seq: 3 };
    expect(await journal.append([third])).toBe(true);
    expect((await openJournal(dir, stillClock())).events.map(({ seq }) => seq)).toEqual([1, 2, 3]);
  });
});

describe('a journal that has grown', () => {
  const many = acted([
    DECLARE,
    ...Array.from({ length: 400 }, (_, index): Input => {
      return { kind: 'set-weights', weights: { candidate: (index % 50) + 1 }, actor: 'operator', reason: 'because' };
    }),
  ]);

  it('is compacted to its newest events, from which the same state is folded', async () => {
    const { journal } = await openJournal(dir, stillClock(), 100_000);
    for (const event of many.events) await journal.append([event]);
    await journal.close();
    const bytes = await readFile(file);
    expect(bytes.length).toBeLessThan(700_000);
    const opened = await openJournal(dir, stillClock());
    expect(opened.setAside).toBeNull();
    expect(opened.events.length).toBeLessThan(400);
    expect(opened.events.reduce(fold, blankRollout(DECLARATION, 0))).toEqual(many.rollout);
    expect((await readdir(dir)).toSorted()).toEqual(['alive', 'journal.jsonl']);
  });

  it('with many releases in each event is not compacted at every append, and keeps some history', async () => {
    const releases = Array.from({ length: 300 }, (_, index) => ({
      release: { version: `v0.${index}`, url: 'http://127.0.0.1:3000' },
      status: 'retired' as const,
      atMs: 0,
    }));
    const { journal } = await openJournal(dir, stillClock(), 100_000);
    // While it is replaced both files are there, so each compaction changes the inode.
    let inode = (await stat(file)).ino;
    let compactions = 0;
    for (const event of many.events.slice(0, 100)) {
      await journal.append([{ ...event, releases }]);
      const { ino } = await stat(file);
      if (ino !== inode) compactions += 1;
      inode = ino;
    }
    // Twenty such events are more than the whole room.
    const opened = await openJournal(dir, stillClock());
    expect(opened.events.length).toBeGreaterThanOrEqual(20);
    expect(opened.events.at(-1)?.seq).toBe(100);
    expect(compactions).toBeGreaterThan(0);
    expect(compactions).toBeLessThanOrEqual(10);
  });

  it('keeps what it has when it cannot be compacted, and says that it cannot be written', async () => {
    await mkdir(`${file}.tmp`);
    const { journal } = await openJournal(dir, stillClock(), 1);
    // What is on disk is on disk: a raise that was written must not be answered as refused.
    expect(await journal.append(events)).toBe(true);
    expect(journal.recording()).toMatchObject({ writable: false });
    expect((await openJournal(dir, stillClock())).events).toEqual(events);
  });
});
