import type { FleetMember } from '../../model/fleet.ts';
import { phraseMs } from '../../health/phrase.ts';
import type { WindowSummary } from '../../model/status.ts';
import type { FleetView } from '../../model/view.ts';
import { phraseTime } from './phrase.ts';

/** What a person must not overlook of a fleet. */
export function fleetWarningsOf(
  { connected, since, withdrawnHere, obstacle, warning }: FleetView,
  nowMs: number,
): string[] {
  return [
    ...(connected
      ? []
      : [
          `THE FLEET'S STORE DOES NOT ANSWER since ${phraseTime(since, nowMs)}: the split stays and may only fall. Traffic goes on${obstacle === null ? '' : ` (${obstacle})`}.`,
        ]),
    ...(withdrawnHere === null ? [] : [`THIS SIDECAR ALONE HAS GONE BACK TO STABLE: ${withdrawnHere}`]),
    ...(connected && obstacle !== null ? [`NOTHING MAY RISE: ${obstacle}`] : []),
    ...(warning === null ? [] : [`THE LIMITS CANNOT BE KEPT IN TIME: ${warning}`]),
  ];
}

/** The fleet, and this sidecar's place in it. */
export function fleetLines(fleet: FleetView | null): string[] {
  if (fleet === null) return [];
  const { member, size, withdrawn, version, pending, leads, members } = fleet;
  const apart = members.filter((other) => other.withdrawn || isBehind(other, fleet));
  const waits = pending === 0 ? '' : `, ${pending} ${pending === 1 ? 'event waits' : 'events wait'} for the store`;
  return [
    `${size} ${size === 1 ? 'member' : 'members'}${withdrawn === 0 ? '' : `, ${withdrawn} of them back on stable`}; document ${version.epoch}.${version.seq}`,
    `here ${member}: ${leads ? 'judges the window of all' : 'follows those that judge'}${waits}`,
    ...windowLinesOf(fleet),
    ...apart.map((other) => `${other.member}: ${other.withdrawn ? 'back on stable by itself' : phraseBehind(other)}`),
  ];
}

function windowLinesOf({ window }: FleetView): string[] {
  if (window === null) return [];
  const { stable, candidate } = window;
  return [`of all: stable ${countsOf(stable)}, candidate ${countsOf(candidate)}`];
}

const countsOf = ({ requests, errors, p95Ms }: WindowSummary): string =>
  `${errors} of ${requests} failed${p95Ms === null ? '' : `, P95 ${phraseMs(p95Ms, 3)}`}`;

function isBehind({ version }: FleetMember, { storeVersion }: FleetView): boolean {
  return version.epoch < storeVersion.epoch || (version.epoch === storeVersion.epoch && version.seq < storeVersion.seq);
}

const phraseBehind = ({ version }: FleetMember): string => `still follows document ${version.epoch}.${version.seq}`;
