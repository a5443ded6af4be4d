import { describe, expect, it } from 'vitest';
import { createLedger } from '../../src/demo/ledger.ts';

const SLOW_MS = 300;
const good = (version: string, dueAtMs: number, tookMs: number) => {
  return { version, status: 200, dueAtMs, endedAtMs: dueAtMs + tookMs };
};

describe('the ledger of the load', () => {
  it('keeps an account for each version and a last one for answers without a name', () => {
    const ledger = createLedger(SLOW_MS);
    ledger.note({ version: null, status: 502, dueAtMs: 20, endedAtMs: 21 });
    ledger.note(good('v2', 0, 5));
    ledger.note(good('v1', 0, 5));
    ledger.note(good('v1', 10, 5));
    expect(ledger.versions()).toEqual(['v1', 'v2', null]);
    expect(ledger.accountOf('v1')).toMatchObject({ answers: 2, failures: 0 });
    expect(ledger.accountOf(null)).toMatchObject({ answers: 1, failures: 1 });
    expect(ledger.total()).toEqual({ answers: 4, failures: 1 });
  });

  it('calls an answer failed when it is 5xx or none', () => {
    const ledger = createLedger(SLOW_MS);
    ledger.note({ version: 'v2', status: 404, dueAtMs: 0, endedAtMs: 1 });
    expect(ledger.accountOf('v2').failures).toBe(0);
    ledger.note({ version: 'v2', status: 500, dueAtMs: 1, endedAtMs: 2 });
    ledger.note({ version: 'v2', status: 0, dueAtMs: 2, endedAtMs: 3 });
    expect(ledger.accountOf('v2')).toMatchObject({ answers: 3, failures: 2 });
  });

  it('calls an answer slow only above the limit, from when it was due', () => {
    const ledger = createLedger(SLOW_MS);
    ledger.note(good('v2', 0, SLOW_MS));
    expect(ledger.accountOf('v2').firstSlowAtMs).toBeNull();
    ledger.note(good('v2', 10, SLOW_MS + 1));
    ledger.note(good('v2', 900, SLOW_MS + 1));
    expect(ledger.accountOf('v2').firstSlowAtMs).toBe(311);
  });

  it('knows the latency that half and that 95 % of the answers did not exceed', () => {
    const ledger = createLedger(SLOW_MS);
    for (let ms = 1; ms <= 100; ms++) ledger.note(good('v1', 0, ms));
    expect(ledger.accountOf('v1')).toMatchObject({ p50Ms: 50, p95Ms: 95 });
    expect(ledger.accountOf('v9')).toMatchObject({ answers: 0, p50Ms: null, p95Ms: null });
  });
});
