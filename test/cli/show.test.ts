import { describe, expect, it } from 'vitest';
import { releasesOf, statusOf } from '../../src/admin/views.ts';
import type { Client } from '../../src/cli/client.ts';
import { history } from '../../src/cli/history.ts';
import type { Operation } from '../../src/cli/operation.ts';
import { UNPAINTED } from '../../src/cli/output.ts';
import { listReleases } from '../../src/cli/releases.ts';
import { switchTo } from '../../src/cli/switch.ts';
import type { RegisteredRelease } from '../../src/model/release.ts';
import { candidate, eventOf, promoted, reason, rolledBack, SINCE_MS, snapshotOf, stable } from '../admin/fixtures.ts';
import { stillClock } from '../release/fixtures.ts';

const releases: readonly RegisteredRelease[] = [
  {
    release: { ...stable, image: `registry.example/checkout@sha256:${'9'.repeat(40)}` },
    status: 'stable',
    atMs: SINCE_MS,
  },
  { release: candidate, status: 'rolled-back', atMs: SINCE_MS, reason: reason.text },
];
const before = snapshotOf({ ...rolledBack, releases });
const after = snapshotOf({ ...promoted, revision: 6, releases });

/** A verb before a terminal of so many columns, or a pipe; the sidecar answers as above. */
async function shown(columns: number | null, verb: (operation: Operation) => Promise<number>): Promise<string> {
  let out = '';
  const terminal = {
    out: (text: string) => void (out += text),
    error: (text: string) => void (out += text),
    isTerminal: columns !== null,
    columns: () => columns ?? 80,
    rows: () => 24,
    paint: UNPAINTED,
  };
  const answers: Readonly<Record<string, unknown>> = {
    '/v1/releases': releasesOf(before),
    '/v1/history?limit=20': { events: [eventOf(7, { type: 'rolled-back', reason: reason.text })] },
    '/v1/status': statusOf(before),
  };
  const heard = (value: unknown) => Promise.resolve({ ok: true, value, json: JSON.stringify(value) });
  const client = {
    url: 'http://127.0.0.1:9901',
    get: (path: string) => heard(answers[path]),
    change: () => heard(statusOf(after)),
  } as unknown as Client;
  expect(await verb({ client, terminal, format: 'table', clock: stillClock(SINCE_MS) })).toBe(0);
  return out;
}

const lengthsIn = (text: string) => text.split('\n').map((line) => line.length);
const wordsIn = (text: string) => text.split(/\s+/);

describe.each([
  ['releases', listReleases],
  ['history', (operation: Operation) => history(operation, '20')],
])('weir %s', (_name, verb) => {
  it('fits a terminal, and nothing is lost by that', async () => {
    const [narrow, piped] = [await shown(80, verb), await shown(null, verb)];
    expect(Math.max(...lengthsIn(narrow))).toBeLessThanOrEqual(80);
    expect(wordsIn(narrow)).toEqual(wordsIn(piped));
    expect(narrow).toMatch(/^(?!\s{6})/);
    expect(narrow).toMatch(/\n {6}\S/);
  });

  it('stays whole where it is piped: a line for each', async () => {
    const piped = await shown(null, verb);
    expect(Math.max(...lengthsIn(piped))).toBeGreaterThan(80);
    expect(piped).not.toMatch(/\n {6}/);
  });
});

describe('weir switch', () => {
  it('to a release that was taken out says so, with when and what for', async () => {
    const told = await shown(80, (operation) => switchTo(operation, 'v1.3.0', {}));
    expect(told).toContain(
      `v1.3.0 was taken out before, 12:00:00Z: ${reason.text}; the guards act while it bakes, and weir rollback goes back\n`,
    );
  });

  it('to any other says no more than what it did', async () => {
    expect(await shown(80, (operation) => switchTo(operation, 'v1.2.3', {}))).not.toContain('taken out');
  });
});
