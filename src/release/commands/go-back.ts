import type { CommandOf, Refusal } from '../../model/command.ts';
import type { Release } from '../../model/release.ts';
import type { Place, Rollout } from '../../model/rollout.ts';
import { sidesOf } from '../../model/rollout.ts';
import type { Circumstances, Decision } from '../change.ts';
import { byPerson, refuse, refuseWhileFrozen, rolledBack, standingAt } from '../change.ts';
import { entryOf, releaseNamed } from '../registry.ts';

/**
 * `rollback`: to stable, or during a bake to the former one; with `to`, to any release that is known. No guard watches
 * a release that was gone back to, so one that has itself been taken out is refused, unless by force; but the way back
 * to the last stable is never closed.
 */
export function rollBack(
  rollout: Rollout,
  command: CommandOf<'roll-back'>,
  { transactionId }: Circumstances,
): Decision {
  const { stable, candidate } = sidesOf(rollout);
  const common = { type: 'rolled-back', ...byPerson(command) } as const;
  if (command.to === undefined || command.to === stable.version) {
    if (candidate === null) return refuse('no-candidate', 'there is no candidate to roll back');
    if (rollout.phase === 'rolled-back') return null;
    return { ...common, ...rolledBack(rollout, transactionId) };
  }
  if (command.to === candidate?.version) {
    return refuse('wrong-phase', `${command.to} is the candidate; to go there, set its weight or switch to it`);
  }
  const target = knownRelease(rollout, command.to);
  if ('code' in target) return target;
  const takenOut = command.force === true ? null : refuseTakenOut(rollout, target);
  if (takenOut !== null) return takenOut;
  const rollback = { transactionId, progress: 'detected' } as const;
  const left = candidate ?? rollout.stable;
  const place = { phase: 'rolled-back', candidate: left, reasons: [], traceIds: [], rollback } as const;
  return { ...common, stable: target, place, progress: 'detected' };
}

/**
 * `switch`, as in blue-green: everything to a known release in one step, guards on, the old one kept warm beside it.
 * During a bake the way back stays the release that was stable before it, because the present one has proven nothing;
 * and a switch to that one ends the bake, because it has.
 */
export function switchTo(rollout: Rollout, command: CommandOf<'switch'>): Decision {
  const target = knownRelease(rollout, command.version);
  if ('code' in target) return target;
  if (target.version === rollout.stable.version) {
    return refuse('wrong-phase', `${target.version} is already the stable one; to take a candidate out, roll back`);
  }
  const former = rollout.phase === 'promoted' ? rollout.former : rollout.stable;
  const place: Place =
    target.version === former.version ? standingAt(null, 0) : { phase: 'promoted', candidate: null, former };
  return refuseWhileFrozen(rollout, command) ?? { type: 'switched', ...byPerson(command), stable: target, place };
}

function refuseTakenOut({ releases }: Rollout, { version }: Release): Refusal | null {
  const entry = entryOf(releases, version);
  if (entry?.status !== 'rolled-back') return null;
  const { reason, atMs } = entry;
  const found = `${version} was taken out at ${new Date(atMs).toISOString()}${reason === undefined ? '' : `: ${reason}`}`;
  const ways = `switch to ${version}, which keeps the guards on while it bakes, or use force where rollout.allowForce is on`;
  return refuse('taken-out', `${found}; after a rollback no guard would watch it: ${ways}`);
}

function knownRelease({ releases }: Rollout, version: string): Release | Refusal {
  const known = releaseNamed(releases, version);
  if (known !== null) return known;
  const versions = releases.map(({ release }) => release.version).join(', ');
  return refuse('unknown-version', `unknown version "${version}"; known: ${versions}`);
}
