import { describe, expect, it } from 'vitest';
import type { Input } from '../../src/release/act.ts';
import { begin } from '../../src/release/begin.ts';
import type { Control } from '../../src/release/control.ts';
import type { Opened } from '../../src/release/journal.ts';
import { DECLARATION, NOW_MS } from './fixtures.ts';

const MINUTE_MS = 60_000;

async function lapsedAt(
  aliveMs: number | null,
  more: { isJoined?: boolean; setAside?: Opened['setAside'] } = {},
): Promise<boolean | undefined> {
  const taken: Input[] = [];
  const control = {
    take: async (input: Input) => void taken.push(input),
    resume: async () => {},
  } as unknown as Control;
  const opened = { events: [], aliveMs, cutBytes: 0, setAside: more.setAside ?? null } as unknown as Opened;
  const log = { warn: () => {} };
  const { isJoined = false } = more;
  const beginning = { opened, declaration: DECLARATION, control, log, nowMs: NOW_MS, isJoined };
  await begin({ ...beginning, resumeWithinMs: 10 * MINUTE_MS });
  const [input] = taken;
  return input?.kind === 'declare' ? input.lapsed : undefined;
}

describe('a restart', () => {
  it('resumes after a short stop and not after a long one', async () => {
    expect(await lapsedAt(null)).toBe(false);
    expect(await lapsedAt(NOW_MS - 9 * MINUTE_MS)).toBe(false);
    expect(await lapsedAt(NOW_MS - 11 * MINUTE_MS)).toBe(true);
  });

  it('goes on where its fleet stands, however long it was away and whatever became of its own journal', async () => {
    expect(await lapsedAt(NOW_MS - 11 * MINUTE_MS, { isJoined: true })).toBe(false);
    const setAside = { path: '/journal.jsonl.corrupt', mistake: 'not JSON' };
    expect(await lapsedAt(null, { setAside })).toBeUndefined();
    expect(await lapsedAt(null, { setAside, isJoined: true })).toBe(false);
  });

  it('takes a stop for long when the clock has gone back so far that nobody knows its length', async () => {
    expect(await lapsedAt(NOW_MS + MINUTE_MS)).toBe(false);
    expect(await lapsedAt(NOW_MS + 11 * MINUTE_MS)).toBe(true);
  });
});
