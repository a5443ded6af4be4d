import type { Refusal } from '../model/command.ts';
import type { Rollout } from '../model/rollout.ts';
import { sidesOf } from '../model/rollout.ts';
import type { Share } from '../model/split.ts';
import { shareOfPercent } from '../model/split.ts';
import type { Side } from '../model/upstream.ts';

/**
 * The share that weights in percent, given by side or by version, ask for on the candidate's side. The names of the
 * sides are the record's: while a promotion bakes, `stable` is the promoted release, and there is no candidate.
 */
export function shareAsked(rollout: Rollout, weights: Readonly<Record<string, number>>): { share: Share } | Refusal {
  const percents: Partial<Record<Side, number>> = {};
  for (const [name, percent] of Object.entries(weights)) {
    const side = sideNamed(rollout, name);
    if (side === null) return unknownName(rollout, name);
    if (percents[side] !== undefined) return invalid(`the ${side} side is named twice`);
    if (!(percent >= 0 && percent <= 100))
      return invalid(`expected a weight between 0 and 100 %, got ${percent} for ${name}`);
    if (name === 'candidate' && rollout.candidate === null && percent > 0) {
      return NO_CANDIDATE;
    }
    percents[side] = percent;
  }
  const { stable, candidate } = percents;
  if (stable === undefined && candidate === undefined)
    return invalid('expected a weight for at least one side, got none');
  const share = shareOfPercent(candidate ?? 100 - stable!);
  if (stable !== undefined && share + shareOfPercent(stable) !== shareOfPercent(100)) {
    return invalid(`expected weights that sum to 100, got ${stable} + ${candidate} = ${stable + candidate!}`);
  }
  return share > 0 && sidesOf(rollout).candidate === null ? NO_CANDIDATE : { share };
}

const NO_CANDIDATE: Refusal = {
  code: 'no-candidate',
  message: 'there is no candidate to give a weight to; start one first',
};

const invalid = (message: string): Refusal => ({ code: 'invalid-weights', message });

function sideNamed(rollout: Rollout, name: string): Side | null {
  const { stable, candidate } = sidesOf(rollout);
  const isPromoted = rollout.phase === 'promoted';
  if (name === stable.version || name === (isPromoted ? 'candidate' : 'stable')) return 'stable';
  if (name === candidate?.version || name === (isPromoted ? 'stable' : 'candidate')) return 'candidate';
  return null;
}

function unknownName(rollout: Rollout, name: string): Refusal {
  const { stable, candidate } = sidesOf(rollout);
  const versions = [stable, candidate].flatMap((release) => (release === null ? [] : [release.version]));
  return { code: 'unknown-version', message: `unknown version "${name}"; known: ${versions.join(', ')}` };
}
