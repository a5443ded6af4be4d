import { describe, expect, it } from 'vitest';
import type { Rollout } from '../../src/model/rollout.ts';
import type { Recording } from '../../src/model/status.ts';
import { createInForce } from '../../src/release/in-force.ts';
import type { Journal } from '../../src/release/journal.ts';
import { acted, ROLLED_BACK, SHIFTING } from './fixtures.ts';

const by = { actor: 'ann', reason: 'try' };
const at = (candidate: number): Rollout =>
  acted([{ kind: 'set-weights', weights: { candidate }, ...by }], SHIFTING).rollout;

/** SHIFTING is at 5 %, and on disk. */
function inForceFrom(rollout = SHIFTING, capped?: () => number) {
  const disk = { seq: rollout.seq, isWritable: true };
  const recording = (): Recording =>
    disk.isWritable ? { writable: true } : { writable: false, error: 'ENOSPC', sinceMs: 0 };
  const journal = { recordedSeq: () => disk.seq, recording } as Journal;
  const published: number[] = [];
  const publish = (_sides: unknown, share: number): void => void published.push(share);
  return { disk, published, ...createInForce({ rollout, journal, publish, ...(capped && { cap: capped }) }) };
}

describe('the share in force', () => {
  it('falls at once, and rises when the raise is on disk', () => {
    const { put, share, confirm, disk, published } = inForceFrom();
    put(at(2));
    expect(share()).toBe(200);
    put(at(20));
    confirm();
    expect([share(), published]).toEqual([500, []]);
    disk.seq = at(20).seq;
    confirm();
    expect([share(), published]).toEqual([2000, [2000]]);
  });

  it('is nothing for another candidate than the recorded one', () => {
    const { put, share } = inForceFrom();
    const candidate = { version: 'v9', url: 'http://127.0.0.1:3009' };
    put(acted([{ kind: 'start', candidate, ...by }], ROLLED_BACK).rollout);
    expect(share()).toBe(0);
  });

  it('is never more than the cap, which is no matter of what is recorded', () => {
    const { share, recordedShare } = inForceFrom(SHIFTING, () => 100);
    expect([share(), recordedShare()]).toEqual([100, 500]);
  });

  it('is nothing of what was replayed until the journal can be written', () => {
    const { resume, confirm, disk, published } = inForceFrom();
    disk.isWritable = false;
    resume();
    confirm();
    disk.isWritable = true;
    confirm();
    expect(published).toEqual([0, 500]);
  });
});
