import type { AddressInfo } from 'node:net';
import type { Release } from '../model/release.ts';
import type { Share } from '../model/split.ts';
import { CANDIDATE, STABLE, type Side } from '../model/upstream.ts';
import type { Clock } from '../support/clock.ts';
import type { Random } from '../support/random.ts';
import { addressOf } from './address.ts';
import { createDraw } from './draw.ts';
import { createListener } from './listener.ts';
import type { Limits, Observe, Timeouts } from './plane.ts';
import { createPlane } from './plane.ts';
import { createPools } from './pool.ts';
import { createRoute } from './route.ts';
import type { Sticky } from './route.ts';
import { createShield } from './shield.ts';
import type { ShieldSettings } from './shield.ts';
import { createTable } from './table.ts';
import type { Routing } from './table.ts';
import { createUpgradeLane } from './upgrade.ts';

/** What the split is made of, as the control plane says it. */
export interface Split {
  /** The candidate's share in force. */
  readonly share: Share;
  readonly stable: Release;
  readonly candidate: Release | null;
}

export interface DataPlaneSettings {
  readonly service: string;
  readonly sticky: Sticky;
  /** A header by which a request chooses its side; null when none may. */
  readonly overrideHeader: string | null;
  readonly shield: ShieldSettings | null;
  readonly timeouts: Timeouts & { readonly tunnelMs: number; readonly drainMs: number };
  readonly limits: Limits & { readonly headers: number; readonly loopDelayMs: number };
  readonly clock: Clock;
  readonly random: Random;
  readonly observe: Observe;
  /** Told of certificates that cannot be read; nobody is believed where they are needed. */
  readonly report: (error: unknown) => void;
  /** In force until the first `publish`. */
  readonly split: Split;
}

/** The data plane as the composition root sees it. */
export interface DataPlane {
  /** Rejects when the port cannot be bound. */
  listen(host: string, port: number): Promise<AddressInfo>;
  /** Puts a split in force: the next request sees it. */
  publish(split: Split): void;
  /** From the next wait and the next request on. */
  adjust(settings: { readonly timeouts: Timeouts; readonly limits: Limits }): void;
  /** Open tunnels, by the side to which their request went. */
  tunnels(): Readonly<Record<Side, number>>;
  /** Those to an upstream that is no longer routed to, until the drain time is over. */
  releasedTunnels(): number;
  /** From now on every answer closes its connection; new ones are still accepted. */
  leave(): void;
  /** Stops in order, and says how many connections had to be cut. */
  drain(): Promise<{ readonly cut: number }>;
}

/** Accept, route, forward: joins the rooms of this folder. */
export function createDataPlane(settings: DataPlaneSettings): DataPlane {
  const { service, sticky, overrideHeader, shield, timeouts, limits, random, report } = settings;
  const pools = createPools();
  const table = createTable(routingOf(settings.split));
  const stickyHeader = sticky !== null && 'header' in sticky ? sticky.header : '';
  const plane = createPlane({
    ...settings,
    table,
    route: createRoute({ service, sticky, random, draw: createDraw(random) }),
    shield: shield === null ? null : createShield(shield),
    watched: [stickyHeader, overrideHeader ?? ''],
  });
  const upgrades = createUpgradeLane(plane, timeouts);
  const listener = createListener({
    plane,
    upgrades,
    drainMs: timeouts.drainMs,
    loopDelayMs: limits.loopDelayMs,
    onSweep: (nowMs) => pools.sweep(nowMs),
  });

  function routingOf({ share, stable, candidate }: Split): Routing {
    const poolOf = (release: Release) => pools.poolOf(addressOf(release, report));
    return { share, stable: poolOf(stable), candidate: candidate === null ? null : poolOf(candidate) };
  }

  return {
    listen: (host, port) => listener.listen(host, port),
    publish(split) {
      const routing = routingOf(split);
      table.replace(routing);
      pools.keepOnly([routing.stable, routing.candidate]);
      upgrades.keepOnly([routing.stable, routing.share === 0 ? null : routing.candidate]);
    },
    adjust(adjusted) {
      plane.timeouts = adjusted.timeouts;
      plane.limits = adjusted.limits;
    },
    tunnels: () => ({ stable: upgrades.count(STABLE), candidate: upgrades.count(CANDIDATE) }),
    releasedTunnels: upgrades.released,
    leave: () => listener.leave(),
    async drain() {
      const drained = await listener.drain();
      pools.close();
      return drained;
    },
  };
}
