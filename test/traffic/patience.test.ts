import { describe, expect, it } from 'vitest';
import type { Waiting } from '../../src/traffic/patience.ts';
import { isUpstreamLate, waitMsOf } from '../../src/traffic/patience.ts';

const TIMEOUTS = { connectMs: 1, headMs: 20_000, bodyMs: 30_000, requestHeadMs: 4, keepAliveMs: 5 };

/** A request under way, all of it sent, that waits for its answer's head. */
const WAITING: Waiting = {
  isConnected: true,
  isRequestOver: true,
  isHeaded: false,
  isUpstreamPaused: false,
  isClientPaused: false,
  hasClientEnded: false,
};

const CASES: readonly (readonly [string, Partial<Waiting>, number, boolean])[] = [
  ['the upstream to be connected', { isConnected: false }, 1, true],
  ['the upstream to be connected, before the body is there', { isConnected: false, isRequestOver: false }, 1, true],
  ['the head of the answer', {}, 20_000, true],
  ['the client to go on with its body', { isRequestOver: false }, 30_000, false],
  ['the upstream to take the body', { isRequestOver: false, isClientPaused: true }, 30_000, true],
  ['the upstream to go on with its body', { isHeaded: true }, 30_000, true],
  ['the client to take the body', { isHeaded: true, isUpstreamPaused: true }, 30_000, false],
  ['a client that has been answered before it had said all', { isHeaded: true, isRequestOver: false }, 30_000, false],
  ['the head, for a client that may be gone', { hasClientEnded: true }, 2000, false],
  ['a connection, for a client that may be gone', { hasClientEnded: true, isConnected: false }, 1, false],
];

describe('who waits for', () => {
  it.each(CASES)('%s', (_name, waiting, waitMs, isLate) => {
    const now = { ...WAITING, ...waiting };
    expect([waitMsOf(now, TIMEOUTS), isUpstreamLate(now)]).toEqual([waitMs, isLate]);
  });
});
