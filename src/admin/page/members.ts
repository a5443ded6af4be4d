import type { FleetMember } from '../../model/fleet.ts';
import type { FleetView, StatusView } from '../../model/view.ts';
import { ratioOf } from './words.ts';

/** The fleet's card, as it is shown. */
export interface ShownFleet {
  readonly line: string;
  /** Of all members together; '' where this one does not read it. */
  readonly window: string;
  readonly members: readonly ShownMember[];
  /** Of how many more there are. */
  readonly more: string;
}

export interface ShownMember {
  readonly name: string;
  readonly state: 'here' | 'well' | 'behind' | 'withdrawn';
  readonly text: string;
}

/** Null for a sidecar that judges for itself. */
export function fleetOf({ fleet }: StatusView): ShownFleet | null {
  if (fleet === null) return null;
  const { member, size, withdrawn, version, connected, syncAgeMs, leads, pending, members } = fleet;
  const store = connected ? 'the store answers' : `the store is away${agoOf(syncAgeMs)}`;
  const parts = [
    `${size} ${size === 1 ? 'member' : 'members'}`,
    ...(withdrawn === 0 ? [] : [`${withdrawn} back on stable by themselves`]),
    `this is ${member}`,
    store,
    leads ? 'judges the window of all' : 'follows those that judge',
    `document ${version.epoch}.${version.seq}`,
    ...(pending === 0 ? [] : [`${pending} to be told to the store`]),
  ];
  const hidden = size - members.length;
  return {
    line: parts.join(' · '),
    window: windowOf(fleet),
    members: members.map((other) => shownOf(other, fleet)),
    more: hidden > 0 && members.length > 0 ? `and ${hidden} more` : '',
  };
}

const agoOf = (ageMs: number | null): string =>
  ageMs === null ? '' : `, last heard ${Math.round(ageMs / 1000)} s ago`;

function windowOf({ window }: FleetView): string {
  if (window === null) return '';
  const sideOf = (name: 'stable' | 'candidate'): string => {
    const { requests, errorRatio } = window[name];
    return `${name} ${requests.toLocaleString('en')} requests, ${ratioOf(errorRatio)} failed`;
  };
  return `All together: ${sideOf('stable')} · ${sideOf('candidate')}`;
}

function shownOf(other: FleetMember, { member, storeVersion }: FleetView): ShownMember {
  const { epoch, seq } = other.version;
  const isBehind = epoch < storeVersion.epoch || (epoch === storeVersion.epoch && seq < storeVersion.seq);
  if (other.withdrawn) return { name: other.member, state: 'withdrawn', text: 'back on stable by itself' };
  if (isBehind) return { name: other.member, state: 'behind', text: `still at document ${epoch}.${seq}` };
  return { name: other.member, state: other.member === member ? 'here' : 'well', text: '' };
}
