import type { Latency, RosterEntry } from '../fleet/store.ts';
import type { LatencyScale } from '../health/latency.ts';
import { p95Of } from '../health/latency-groups.ts';
import type { FleetMember } from '../model/fleet.ts';
import type { WindowSummary } from '../model/status.ts';
import type { Side } from '../model/upstream.ts';
import type { Clock } from '../support/clock.ts';

/**
 * Who is in the fleet, for people. To ask costs the store as much as the fleet is large, and all may ask: so while it is
 * small everybody asks now and then, and of a large one only whoever is being looked at.
 */
export interface Roster {
  beat(nowMs: number, members: number): void;
  /** As it was a little while ago: at most fifty, those first that stand apart from the others. */
  read(): readonly FleetMember[];
  /** The fleet's window with the P95 of all members together, as they were a little while ago. */
  withP95(window: Readonly<Record<Side, WindowSummary>>): Readonly<Record<Side, WindowSummary>>;
}

/** What latencies are grouped by here; those of members with other guards mean something else. */
export interface Grouping {
  readonly fingerprint: string;
  readonly scale: LatencyScale;
}

const MOST_SHOWN = 50;
const ASK_EVERY_MS = 3000;

export function createRoster(
  ask: () => Promise<readonly RosterEntry[]>,
  grouping: () => Grouping,
  clock: Clock,
): Roster {
  let members: readonly FleetMember[] = [];
  let p95Ms: Readonly<Record<Side, number | null>> = { stable: null, candidate: null };
  let askedMs = Number.NEGATIVE_INFINITY;

  async function renew(nowMs: number): Promise<void> {
    if (nowMs - askedMs < ASK_EVERY_MS) return;
    askedMs = nowMs;
    try {
      const entries = await ask();
      members = shown(entries);
      p95Ms = p95In(entries, grouping());
    } catch {
      // The last list stays; that the store is away is told elsewhere.
    }
  }

  return {
    beat(nowMs, size) {
      if (size <= MOST_SHOWN) void renew(nowMs);
    },
    read() {
      void renew(clock.monotonicMs());
      return members;
    },
    withP95: ({ stable, candidate }) => ({
      stable: { ...stable, p95Ms: p95Ms.stable },
      candidate: { ...candidate, p95Ms: p95Ms.candidate },
    }),
  };
}

function p95In(entries: readonly RosterEntry[], { fingerprint, scale }: Grouping): Record<Side, number | null> {
  const alike = entries.filter((entry) => entry.fingerprint === fingerprint);
  const of = (side: keyof Latency) =>
    p95Of(
      scale,
      alike.map(({ latency }) => latency[side]),
    );
  return { stable: of('stable'), candidate: of('candidate') };
}

function shown(entries: readonly RosterEntry[]): readonly FleetMember[] {
  const newest = entries.reduce((best, { version: { epoch, seq } }) => Math.max(best, epoch * 2 ** 32 + seq), 0);
  const isBehind = ({ version: { epoch, seq } }: RosterEntry): boolean => epoch * 2 ** 32 + seq < newest;
  const rank = (entry: RosterEntry): number => (entry.withdrawn ? 0 : isBehind(entry) ? 1 : 2);
  return entries
    .toSorted((a, b) => rank(a) - rank(b) || (a.member < b.member ? -1 : 1))
    .slice(0, MOST_SHOWN)
    .map(({ member, version: { epoch, seq }, ageMs, withdrawn }) => {
      return { member, version: { epoch, seq }, ageMs, withdrawn };
    });
}
