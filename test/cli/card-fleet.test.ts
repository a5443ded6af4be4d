import { describe, expect, it } from 'vitest';
import { statusOf } from '../../src/admin/views.ts';
import { fleetLines, fleetWarningsOf } from '../../src/cli/card/fleet.ts';
import type { FleetLook } from '../../src/model/fleet.ts';
import { fleetLook, shifting, snapshotOf } from '../admin/fixtures.ts';

const viewOf = (changes: Partial<FleetLook> = {}) =>
  statusOf(snapshotOf(shifting, { fleet: { ...fleetLook, ...changes } })).fleet!;
const warningsOf = (changes: Partial<FleetLook>) => fleetWarningsOf(viewOf(changes), fleetLook.sinceMs + 60_000);

describe('the card of a member', () => {
  it('says who is there, what all have counted together, and who stands apart', () => {
    expect(fleetLines(viewOf())).toEqual([
      '3 members, 1 of them back on stable; document 1.6',
      'here pod-a: judges the window of all, 1 event waits for the store',
      'of all: stable 3 of 2850 failed, candidate 2 of 150 failed',
      'pod-c: back on stable by itself',
      'pod-b: still follows document 1.5',
    ]);
    expect(fleetLines(null)).toEqual([]);
  });

  it('warns of nothing that is as it should be', () => {
    expect(warningsOf({})).toEqual([]);
  });

  it('says that the store is away, and that traffic goes on', () => {
    const warnings = warningsOf({ connected: false, obstacle: 'it does not answer' });
    expect(warnings).toEqual([
      expect.stringMatching(/^THE FLEET'S STORE DOES NOT ANSWER since .*Traffic goes on \(it does not answer\)\.$/),
    ]);
  });

  it('says that it alone has gone back, and what else keeps the candidate down', () => {
    expect(warningsOf({ withdrawnHere: 'its own path', obstacle: 'just joined', warning: 'too large' })).toEqual([
      'THIS SIDECAR ALONE HAS GONE BACK TO STABLE: its own path',
      'NOTHING MAY RISE: just joined',
      'THE LIMITS CANNOT BE KEPT IN TIME: too large',
    ]);
  });
});
