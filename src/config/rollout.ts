import type { Policy } from '../model/policy.ts';
import type { Declaration } from '../model/rollout.ts';
import type { Config } from './schema.ts';

/** What the configuration declares: a change to it is news for the rollout. */
export function declarationOf({ stable, candidate, share, plan }: Config): Declaration {
  return { stable, candidate, share, plan };
}

/** The rules by which a rollout goes on. */
export function policyOf({ advance, promote, rollout, journal, breaker, probe }: Config): Policy {
  const { keepReleases } = journal;
  return { advance, promote, ...rollout, keepReleases, breaker, checksDeclared: probe !== null };
}
