import type { Clock } from '../support/clock.ts';
import type { Log } from '../tell/log.ts';
import type { DataPlane } from '../traffic/data-plane.ts';
import type { Serving } from './serving.ts';

export interface Ending {
  /** Not ready any more, and answers close their connections; everything is still served. */
  leave(): void;
  /** Drains, writes the journal's end and closes every port. */
  stop(): Promise<void>;
}

export interface EndingParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly serving: Serving;
  readonly dataPlane: Pick<DataPlane, 'leave' | 'drain'>;
  /** For everything that is under way, from the beginning of the drain. */
  readonly drainMs: number;
  readonly live: { stop(): void };
  readonly beat: { stop(): void };
  /** Admin and telemetry. */
  readonly ports: { close(): Promise<void> };
  readonly webhooks: { stop(graceMs: number): Promise<void> };
  readonly doors: { close(): void };
  /** Writes the journal's end. */
  readonly membership: { close(): Promise<void> };
}

/** Of the drain, how much notifications may take that are still to be delivered. */
const LAST_WORD_MS = 2000;

/**
 * How a sidecar ends: streams of events at once, because they have no end of their own; the traffic next, with everything
 * that judges and remembers still at work on it; then whoever looks and is told; the journal last.
 */
export function createEnding(parts: EndingParts): Ending {
  const { clock, log, serving, dataPlane, drainMs, live, beat, ports, webhooks, doors, membership } = parts;

  async function stop(): Promise<void> {
    serving.leave();
    log.info({}, 'draining');
    live.stop();
    const startedMs = clock.monotonicMs();
    const { cut } = await dataPlane.drain();
    beat.stop();
    const leftMs = drainMs - (clock.monotonicMs() - startedMs);
    await Promise.all([ports.close(), webhooks.stop(Math.max(0, Math.min(leftMs, LAST_WORD_MS)))]);
    doors.close();
    await membership.close();
    log.info({ cut }, cut === 0 ? 'drained' : 'drained; what had not ended in time was cut');
  }

  return {
    leave() {
      if (serving.leave()) log.info({}, 'leaving: not ready any more, still serving');
      dataPlane.leave();
    },
    stop,
  };
}
