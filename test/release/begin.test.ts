import { describe, expect, it } from 'vitest';
import type { Input } from '../../src/release/act.ts';
import { begin } from '../../src/release/begin.ts';
import type { Control } from '../../src/release/control.ts';
import type { Opened } from '../../src/release/journal.ts';
import { DECLARATION, NOW_MS } from './fixtures.ts';

const MINUTE_MS = 60_000;

async function lapsedAt(aliveMs: number | null): Promise<boolean | undefined> {
  const taken: Input[] = [];
  const control = {
    take: async (input: Input) => void taken.push(input),
    resume: async () => {},
  } as unknown as Control;
  const opened = { events: [], aliveMs, cutBytes: 0, setAside: null } as unknown as Opened;
  const log = { warn: () => {} };
  await begin({ opened, declaration: DECLARATION, control, log, resumeWithinMs: 10 * MINUTE_MS, nowMs: NOW_MS });
  const [input] = taken;
  return input?.kind === 'declare' ? input.lapsed : undefined;
}

describe('a restart', () => {
  it('resumes after a short stop and not after a long one', async () => {
    expect(await lapsedAt(null)).toBe(false);
    expect(await lapsedAt(NOW_MS - 9 * MINUTE_MS)).toBe(false);
    expect(await lapsedAt(NOW_MS - 11 * MINUTE_MS)).toBe(true);
  });

  it('takes a stop for long when the clock has gone back so far that nobody knows its length', async () => {
    expect(await lapsedAt(NOW_MS + MINUTE_MS)).toBe(false);
    expect(await lapsedAt(NOW_MS + 11 * MINUTE_MS)).toBe(true);
  });
});
