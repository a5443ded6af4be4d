import type { OneTimeToken } from '../model/identity.ts';
import type { Rollout } from '../model/rollout.ts';
import { placeOf, refuse } from './change.ts';
import type { Decision } from './change.ts';

/** Remembered for longer than they could be used, so that a wall clock that is set back revives none. */
const REMEMBERED_AFTER_EXPIRY_MS = 24 * 3_600_000;

/** Uses up a one-time token: an event beside the rollout, of which a client's `If-Match` need not know. */
export function spendToken(
  rollout: Rollout,
  { token, actor, reason }: { readonly token: OneTimeToken; readonly actor: string; readonly reason: string },
): Decision {
  const { spentTokens, source } = rollout;
  if (spentTokens.some(({ id }) => id === token.id)) {
    return refuse('token-spent', `the one-time token ${token.id} has already been used`);
  }
  return {
    type: 'token-spent',
    actor,
    source,
    reason: `one-time token ${token.id} ${reason}`,
    place: placeOf(rollout),
    spentTokens: [...spentTokens, token],
    keepsRevision: true,
  };
}

export function stillSpent(tokens: readonly OneTimeToken[], nowMs: number): readonly OneTimeToken[] {
  return tokens.filter(({ expiresAtMs }) => expiresAtMs + REMEMBERED_AFTER_EXPIRY_MS > nowMs);
}
