import type { Observed } from '../health/observed.ts';
import { summaryOf } from '../health/observed.ts';
import type { FleetStatus } from '../model/fleet.ts';
import type { Knowing } from './knowing.ts';
import type { Member } from './member.ts';

export interface Known {
  readonly name: string;
  readonly knowing: Knowing;
  readonly member: Member;
  /** The window of all; null where it is not read. */
  readonly seen: Observed | null;
}

/** What a member tells of itself and its fleet. */
export function statusOf(
  { name, knowing, member, seen }: Known,
  atMs: number,
  judged: Pick<FleetStatus, 'leads' | 'withdrawnHere' | 'warning'>,
): FleetStatus {
  const { members, syncAgeMs, version } = member.standing(atMs);
  const followed = knowing.version();
  return {
    member: name,
    connected: member.isConnected(atMs),
    members,
    withdrawn: member.withdrawn(knowing.life()) ?? 0,
    syncAgeMs,
    version: { epoch: followed.epoch, seq: followed.seq },
    storeVersion: { epoch: version.epoch, seq: version.seq },
    pending: knowing.pending().length,
    window: seen === null ? null : { stable: summaryOf(seen.stable), candidate: summaryOf(seen.candidate) },
    obstacle: knowing.mistake() ?? member.obstacle(atMs),
    ...judged,
  };
}
