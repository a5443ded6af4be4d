import type { Timeouts } from './plane.ts';

/** Who is waited for, how long, and whose fault it is when the wait is over. Pure. */
export interface Waiting {
  /** The upstream's connection stands. */
  readonly isConnected: boolean;
  /** All of the request has been read from the client. */
  readonly isRequestOver: boolean;
  /** The answer's head has come. */
  readonly isHeaded: boolean;
  /** The client has no room, so the upstream is not read. */
  readonly isUpstreamPaused: boolean;
  /** The upstream has no room, so the client is not read. */
  readonly isClientPaused: boolean;
  /** The client's FIN has come. */
  readonly hasClientEnded: boolean;
}

/**
 * A FIN behind a request is sent by a client that has said all and listens, and by one that is gone: TCP tells them
 * apart only when something is sent to them. So such a client is waited for, but not for long.
 */
const HALF_CLOSED_MS = 2000;

/** How long the next sign of life may take. */
export function waitMsOf(waiting: Waiting, timeouts: Timeouts): number {
  const { isConnected, isRequestOver, isHeaded, hasClientEnded } = waiting;
  let waitMs = timeouts.bodyMs;
  if (!isConnected) waitMs = timeouts.connectMs;
  else if (isRequestOver && !isHeaded) waitMs = timeouts.headMs;
  return hasClientEnded ? Math.min(waitMs, HALF_CLOSED_MS) : waitMs;
}

/** Whether it was the upstream that kept everybody waiting, and not the client by its silence or its slow reading. */
export function isUpstreamLate(waiting: Waiting): boolean {
  const { isConnected, isRequestOver, isHeaded, isUpstreamPaused, isClientPaused, hasClientEnded } = waiting;
  if (hasClientEnded) return false;
  if (isHeaded) return isRequestOver && !isUpstreamPaused;
  return isRequestOver || isClientPaused || !isConnected;
}
