import type { SideIndex } from '../model/upstream.ts';
import type { Plane } from './plane.ts';
import type { Pool } from './pool.ts';
import { Tunnel, type TunnelEnds } from './tunnel.ts';

/**
 * The lane for what is no longer HTTP. An upgrade is asked for by an ordinary exchange (exchange.ts): routed, limited,
 * timed and reported like any other, and whatever is not a 101 is its ordinary answer. With a 101 that names an
 * offered protocol both sockets leave the path for good and come here.
 *
 * A `node:http` server that never listens, with a proxy library behind it, was the other way. It would read every head
 * a second time, with another parser, and write it from that reading; docs/decisions.md tells what was lost on the way.
 */
export interface UpgradeLane {
  /** Open tunnels; they are connections, and count as such. */
  readonly size: number;
  take(ends: TunnelEnds): void;
  /** Open tunnels of requests that went to this side. */
  count(side: SideIndex): number;
  /** Open tunnels to upstreams that are no longer routed to. */
  released(): number;
  /** Tunnels to all other upstreams are closed after the drain time, unless their upstream comes back before. */
  keepOnly(wanted: readonly (Pool | null)[]): void;
  /** Ends what has been silent for too long and what has been released. */
  sweep(nowMs: number): void;
  /** Cuts what is still open; returns how many those were. */
  close(): number;
}

export interface UpgradeSettings {
  /** No byte in either direction for so long: closed. */
  readonly tunnelMs: number;
  /** How long a tunnel may live on when its upstream is no longer routed to. */
  readonly drainMs: number;
}

/** One sweep looks after all tunnels; none has a timer of its own. */
export function createUpgradeLane(plane: Plane, { tunnelMs, drainMs }: UpgradeSettings): UpgradeLane {
  const tunnels = new Set<Tunnel>();
  const counts: [number, number] = [0, 0];
  let wantedUrls = new Set<string | undefined>();
  let wantedSinceMs = Number.NEGATIVE_INFINITY;

  const closed = (tunnel: Tunnel): void => {
    if (tunnels.delete(tunnel)) counts[tunnel.side]--;
  };

  return {
    get size() {
      return tunnels.size;
    },
    take(ends) {
      const tunnel = new Tunnel(ends, plane, tunnelMs, closed);
      tunnels.add(tunnel);
      counts[ends.side]++;
      // Asked for before the split changed, agreed to after it.
      if (ends.dispatchedAtMs < wantedSinceMs && !wantedUrls.has(tunnel.upstreamUrl)) tunnel.release(drainMs);
    },
    count: (side) => counts[side],
    released() {
      let count = 0;
      for (const tunnel of tunnels) if (tunnel.isReleased) count++;
      return count;
    },
    keepOnly(wanted) {
      wantedUrls = new Set(wanted.map((pool) => pool?.address.url));
      wantedSinceMs = plane.clock.monotonicMs();
      for (const tunnel of tunnels) {
        if (wantedUrls.has(tunnel.upstreamUrl)) tunnel.keep();
        else tunnel.release(drainMs);
      }
    },
    sweep(nowMs) {
      for (const tunnel of tunnels) if (tunnel.deadlineMs <= nowMs) tunnel.expire();
    },
    close() {
      const cut = tunnels.size;
      for (const tunnel of tunnels) tunnel.destroy();
      return cut;
    },
  };
}
