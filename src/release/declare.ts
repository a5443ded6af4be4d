import { isSamePlan } from '../model/plan.ts';
import { isSameRelease } from '../model/release.ts';
import type { Release } from '../model/release.ts';
import type { Declaration, Place, Rollout } from '../model/rollout.ts';
import { shareOf, sidesOf } from '../model/rollout.ts';
import type { Change, Circumstances, Decision } from './change.ts';
import { beginning, placeOf, standingAt } from './change.ts';
import { stepAt } from './plan.ts';

/**
 * What the configuration file says meets what the rollout is. Only a change to the file is news: reading the same file
 * again never undoes a rollback, a promotion or a weight that a person set. And each change is obeyed where it speaks
 * of something that is there: a new candidate version begins a rollout; another weight, plan or address goes to the
 * rollout of the candidate that the file declares, unless that is latched; a file that calls the candidate stable
 * promotes it; a file that catches up with a promotion changes nothing, and one that declares the next candidate during
 * the bake gets it beside the release that was stable before, unless it calls another one stable.
 */
export function declare(
  rollout: Rollout,
  { declaration, lapsed }: { readonly declaration: Declaration; readonly lapsed: boolean },
  { policy }: Circumstances,
): Decision {
  const news = newsIn(rollout, declaration);
  const isUnderWay = rollout.phase === 'shifting' || rollout.phase === 'paused';
  const goesOn = isUnderWay && !news.version && lapsed;
  if (!news.any) return goesOn ? resumeRefused(rollout) : null;

  const stable = news.stable ? declaration.stable : rollout.stable;
  const reason = news.first ? 'first start with this configuration' : 'the configuration file changed';
  const common = { type: 'declared', actor: 'file', source: 'file', reason, declared: declaration, stable } as const;

  if (!news.first && isUnderWay && news.stable && stable.version === rollout.candidate.version) {
    const place = { phase: 'promoted', candidate: null, former: rollout.stable } as const;
    return { ...common, type: 'promoted', reason: 'the configuration file calls the candidate stable', place };
  }
  const isCandidateNew = news.version && declaration.candidate?.version !== rollout.stable.version;
  if (rollout.phase === 'promoted' && (declaration.candidate === null || !isCandidateNew)) {
    const place: Place = stable.version === rollout.stable.version ? placeOf(rollout) : standingAt(null, 0);
    return { ...common, source: rollout.source, place };
  }
  const isHeld = policy.checksDeclared || rollout.automation.state !== 'on' || hasGate(declaration);
  if (news.version) {
    const beside = news.stable ? stable : sidesOf(rollout).stable;
    const candidate = declaration.candidate?.version === beside.version ? null : declaration.candidate;
    return { ...common, stable: beside, place: freshPlace(candidate, declaration, isHeld) };
  }
  if (goesOn) return { ...common, place: standingAt(rollout.candidate, 0) };
  // A file that calls stable what somebody had sent out by hand: one release never has both sides.
  const isBoth = rollout.candidate?.version === stable.version;
  const place = isBoth ? standingAt(null, 0) : adjusted(rollout, declaration, news, isHeld);
  const isOurs = place.phase === rollout.phase && shareOf(place) === shareOf(rollout);
  return { ...common, source: isOurs ? rollout.source : 'file', place };
}

interface News {
  readonly any: boolean;
  readonly first: boolean;
  readonly version: boolean;
  readonly stable: boolean;
  readonly share: boolean;
  readonly plan: boolean;
}

function newsIn({ seq, declared: before, stable: present }: Rollout, declared: Declaration): News {
  const first = seq === 0;
  const version = first || before.candidate?.version !== declared.candidate?.version;
  const isOther = !isSameRelease(before.stable, declared.stable);
  // Another description of a release that a promotion or a return has replaced does not bring it back.
  const isHere = before.stable.version !== declared.stable.version || declared.stable.version === present.version;
  const stable = first || (isOther && isHere);
  const share = before.share !== declared.share;
  const plan = !isSamePlan(before.plan, declared.plan);
  const any = version || isOther || share || plan || !isSameRelease(before.candidate, declared.candidate);
  return { any, first, version, stable, share: share && declared.plan.length === 0, plan };
}

const hasGate = ({ plan }: Declaration): boolean => plan[0] !== undefined && plan[0].gate !== null;

function freshPlace(candidate: Release | null, { plan, share }: Declaration, isHeld: boolean): Place {
  if (candidate === null) return standingAt(null, 0);
  const first = plan[0]?.share ?? share;
  return isHeld && first > 0 ? { phase: 'idle', candidate, pending: plan } : beginning(candidate, plan, share);
}

/** The same candidate with another weight, plan or address. */
function adjusted(rollout: Rollout, declaration: Declaration, news: News, isHeld: boolean): Place {
  const { candidate, share, plan } = declaration;
  const place = placeOf(rollout);
  if (place.phase === 'promoted' || candidate === null || place.candidate?.version !== candidate.version) return place;
  if (place.phase === 'rolled-back') return { ...place, candidate };
  if (place.phase === 'idle') {
    if (place.pending !== null) return { ...place, candidate, pending: plan };
    return news.share ? freshPlace(candidate, declaration, isHeld) : { ...place, candidate };
  }
  const followed = news.plan ? { plan, step: stepAt(plan, place.share) } : {};
  // While automation is frozen or off, only a command may raise; the file may lower.
  const mayRaise = rollout.automation.state === 'on';
  const weighed = news.share ? { share: mayRaise ? share : Math.min(share, place.share), step: null } : {};
  const next = { ...place, candidate, ...followed, ...weighed };
  return next.share === 0 ? standingAt(candidate, 0) : next;
}

function resumeRefused({ candidate, source }: Rollout): Change {
  const reason = 'Weir was away for longer than journal.resumeWithin; the candidate starts again at 0 %';
  return { type: 'resume-refused', actor: 'weir', source, reason, place: standingAt(candidate, 0) };
}
