import { hostname } from 'node:os';
import type { FleetSettings } from '../config/schema.ts';
import { createFleet } from '../fleet/fleet.ts';
import { agreedIn } from '../fleet/knowing.ts';
import { openRedisStore } from '../fleet/redis/redis-store.ts';
import { parseStoreUrl } from '../model/store-address.ts';
import { groupsOf } from '../health/latency-groups.ts';
import type { SideIndex } from '../model/upstream.ts';
import { CANDIDATE, STABLE } from '../model/upstream.ts';
import type { Declaration } from '../model/rollout.ts';
import { LEFT_BEHIND } from '../release/begin.ts';
import { fold } from '../release/fold.ts';
import { readEvent } from '../release/replay.ts';
import type { Membership, MembershipParts } from './membership.ts';
import { indexOf } from './membership.ts';
import { createRoster } from './roster.ts';
import { createStoreSecrets } from './store-secrets.ts';

/** A member of a fleet, on Redis. */
export async function memberOf(settings: FleetSettings, parts: MembershipParts): Promise<Membership> {
  const { config, opened, blank, lens, clock, random, log } = parts;
  const { service, guards } = config;
  const { prefix, flushMs, member } = settings;
  const name = member ?? hostname();
  const parsed = parseStoreUrl(settings.url);
  if ('mistake' in parsed) throw new Error(parsed.mistake);
  const credentials = createStoreSecrets(settings, log);
  const store = await openRedisStore({ ...parsed, credentials, random, prefix, service });
  const groupsIn = (side: SideIndex, nowMs: number) => {
    const { scale, counts } = lens.latencyOf(side, nowMs);
    return groupsOf(scale, counts);
  };
  const fleet = createFleet({
    ...parts,
    service,
    name,
    flushMs,
    guards,
    store,
    local: opened.journal,
    remembered: opened.events,
    mistakeOf: (event) => mistakeInEvent(event, service),
    observed: lens.observed,
    latency: (nowMs) => ({ stable: groupsIn(STABLE, nowMs), candidate: groupsIn(CANDIDATE, nowMs) }),
    tellWithdrawn: (reason) => log.warn({ reason }, 'this sidecar alone went back to stable; the fleet goes on'),
  });
  const grouping = () => ({
    fingerprint: fleet.fingerprint(),
    scale: lens.latencyOf(STABLE, clock.monotonicMs()).scale,
  });
  const roster = createRoster(fleet.roster, grouping, clock);
  const { journal } = fleet;
  let wasConnected = false;
  let sinceMs = clock.wallMs();
  /** What was declared at the start, as long as nobody could say whether the fleet has gone on from it. */
  let unheard: Declaration | null = null;

  /** What is loud in the log is said once, when it begins and when it ends. */
  function noteConnection(nowMs: number): void {
    const { connected, members, obstacle } = fleet.status(nowMs);
    if (connected === wasConnected) return;
    wasConnected = connected;
    sinceMs = clock.wallMs();
    if (connected) {
      log.info({ members }, "the fleet's store answers");
      if (unheard !== null && fleet.isLeftBehind(unheard)) log.warn({}, LEFT_BEHIND);
      unheard = null;
    } else
      log.warn(
        { reason: obstacle },
        "the fleet's store does not answer: the split stays and may only fall; traffic goes on",
      );
  }

  return {
    rollout: opened.events.reduce(fold, blank),
    control: {
      journal,
      recorded: agreedIn(opened.events).reduce(fold, blank),
      cap: fleet.cap,
      leads: fleet.leads,
      judge: fleet.judge,
      evidenceAt: fleet.evidenceAt,
    },
    prospect: fleet.prospect,
    restartWindow(side) {
      lens.restart(indexOf(side));
      fleet.restart(side);
    },
    beginStep(share) {
      lens.beginStep(CANDIDATE, clock.monotonicMs());
      fleet.beginStep(share);
    },
    refocus(next) {
      lens.refocus(next);
      fleet.refocus(next);
    },
    async join(declaration) {
      const isJoined = await fleet.join();
      unheard = isJoined ? null : declaration;
      const nowMs = clock.monotonicMs();
      wasConnected = !fleet.status(nowMs).connected;
      noteConnection(nowMs);
      return { isJoined, isLeftBehind: isJoined && fleet.isLeftBehind(declaration) };
    },
    beat(nowMs) {
      fleet.beat(nowMs);
      noteConnection(nowMs);
      roster.beat(nowMs, fleet.status(nowMs).members);
    },
    lowerHere: fleet.lowerHere,
    isOurs: (event) => event.fleet === undefined || event.fleet.member === name,
    look() {
      const status = fleet.status(clock.monotonicMs());
      return {
        ...status,
        window: status.window && roster.withP95(status.window),
        sinceMs,
        get roster() {
          return roster.read();
        },
      };
    },
    close: fleet.close,
    async abandon() {
      await journal.abandon();
      await store.close('', '');
    },
  };
}

/** An event of another service, written down here, would make the journal another's at the next start. */
function mistakeInEvent(json: unknown, service: string): string | null {
  const read = readEvent(json);
  if ('mistake' in read) return read.mistake;
  const named: unknown = read.event.service;
  return named === service ? null : `it is of another service than ${service}`;
}
