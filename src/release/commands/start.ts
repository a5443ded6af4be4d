import type { CommandOf, Refusal } from '../../model/command.ts';
import type { Release } from '../../model/release.ts';
import { isSameRelease } from '../../model/release.ts';
import type { Rollout } from '../../model/rollout.ts';
import { sidesOf } from '../../model/rollout.ts';
import type { Decision } from '../change.ts';
import { beginning, byPerson, placeOf, refuse, refuseWhileFrozen } from '../change.ts';
import { releaseNamed } from '../registry.ts';

/**
 * Sends a candidate out, on its own plan, or the file's, or at the file's weight. During a bake it goes beside the
 * release that was stable before it, as after a second switch: the present one has proven nothing yet.
 */
export function start(rollout: Rollout, command: CommandOf<'start'>): Decision {
  const { candidate, plan = rollout.declared.plan } = command;
  if (candidate.version === rollout.stable.version) {
    return refuse('version-conflict', `version ${candidate.version} is already the stable one`);
  }
  const { stable } = sidesOf(rollout);
  if (candidate.version === stable.version) {
    return refuse('wrong-phase', `${stable.version} is the way back until the bake is over; to go there, roll back`);
  }
  const refusal = refuseConflict(rollout, candidate) ?? refuseWhileFrozen(rollout, command);
  if (refusal !== null) return refusal;
  const waits = plan[0] !== undefined && plan[0].gate !== null && command.force !== true;
  const place = waits
    ? ({ phase: 'idle', candidate, pending: plan } as const)
    : beginning(candidate, plan, rollout.declared.share);
  return { type: 'started', ...byPerson(command), stable, place };
}

/** Makes a release known, so that it can be switched to. */
export function register(rollout: Rollout, command: CommandOf<'register'>): Decision {
  const { release } = command;
  const refusal = refuseConflict(rollout, release);
  if (refusal !== null) return refusal;
  if (releaseNamed(rollout.releases, release.version) !== null) return null;
  return {
    type: 'registered',
    ...byPerson(command),
    source: rollout.source,
    place: placeOf(rollout),
    registered: release,
  };
}

/** A version means one release for ever. */
function refuseConflict(rollout: Rollout, release: Release): Refusal | null {
  const known = releaseNamed(rollout.releases, release.version);
  if (known === null || isSameRelease(known, release)) return null;
  const message = `version ${release.version} is already known as ${known.url} with other provenance; a version is immutable, give the new build a new one`;
  return refuse('version-conflict', message);
}
