import { describe, expect, it } from 'vitest';
import { fleetOf } from '../../../src/admin/page/members.ts';
import { withEvents, EMPTY_PICTURE } from '../../../src/admin/page/picture.ts';
import { warningsOf } from '../../../src/admin/page/warnings.ts';
import { statusOf } from '../../../src/admin/views.ts';
import type { FleetLook } from '../../../src/model/fleet.ts';
import { eventOf, fleetLook, shifting, snapshotOf } from '../fixtures.ts';

const statusWith = (changes: Partial<FleetLook> = {}) =>
  statusOf(snapshotOf(shifting, { fleet: { ...fleetLook, ...changes } }));

describe("the page's fleet", () => {
  it('is not there for a sidecar alone', () => {
    expect(fleetOf(statusOf(snapshotOf()))).toBeNull();
  });

  it('shows each member as it stands', () => {
    const { line, members, more } = fleetOf(statusWith({ members: 60 }))!;
    expect(line).toContain('60 members · 1 back on stable by themselves · this is pod-a · the store answers');
    expect(members.map(({ name, state }) => [name, state])).toEqual([
      ['pod-c', 'withdrawn'],
      ['pod-b', 'behind'],
      ['pod-a', 'here'],
    ]);
    expect(more).toBe('and 57 more');
  });

  it('is loud, and calm about traffic, while the store is away', () => {
    const away = { connected: false, syncAgeMs: 65_000, obstacle: 'no answer' };
    expect(fleetOf(statusWith(away))!.line).toContain('the store is away, last heard 65 s ago');
    expect(warningsOf(statusWith(away))).toEqual([
      expect.objectContaining({
        title: "The fleet's store does not answer",
        text: expect.stringMatching(/^Traffic goes on.*raised \(no answer\)\.$/) as string,
      }),
    ]);
  });

  it('has two events of one number, the later epoch first', () => {
    const [mine, theirs] = ['mine', 'theirs'].map((transactionId, at) => {
      return eventOf(7, { transactionId, fleet: { epoch: at + 1, member: 'pod-a' } });
    });
    const { events } = withEvents(withEvents(EMPTY_PICTURE, [theirs!, mine!]), [eventOf(8)]);
    expect(events.map(({ transactionId }) => transactionId).slice(0, 2)).toEqual(['theirs', 'mine']);
  });
});
