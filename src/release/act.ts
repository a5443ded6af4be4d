import type { Restatement } from '../model/agreement.ts';
import type { Command, Refusal } from '../model/command.ts';
import type { RolloutEvent } from '../model/event.ts';
import type { JudgedWindow } from '../model/guards.ts';
import type { OneTimeToken } from '../model/identity.ts';
import type { Declaration, Progress, Rollout } from '../model/rollout.ts';
import { shareOf, sidesOf } from '../model/rollout.ts';
import type { Share } from '../model/split.ts';
import type { Verdict } from '../model/verdict.ts';
import { followPlan, obeyVerdict, progressed, takenOut, weirs } from './by-itself.ts';
import type { Circumstances, Decision } from './change.ts';
import { placeOf, refuse, rolledBack, standingAt } from './change.ts';
import { advance, pause, promote, resume } from './commands/follow-plan.ts';
import { rollBack, switchTo } from './commands/go-back.ts';
import { setAutomation } from './commands/set-automation.ts';
import { setWeights } from './commands/set-weights.ts';
import { register, start } from './commands/start.ts';
import { declare } from './declare.ts';
import { eventOf } from './event.ts';
import { fold } from './fold.ts';
import { isGuarded } from './plan.ts';
import { fallAgain, mistrusted } from './restate.ts';
import { spendToken } from './spent.ts';

/**
 * The only place where a rollout changes. Every input, whether a person's command, the file's
 * declaration or the judge's verdict, is turned into events, and the new state is their fold.
 */
export type Input =
  | Command
  /** What only this sidecar knew when a fleet agreed on something else. */
  | Restatement
  /** The configuration was read; `lapsed` when Weir was away for longer than it may resume after. */
  | { readonly kind: 'declare'; readonly declaration: Declaration; readonly lapsed: boolean }
  /** Keys that are no part of a declaration have changed. */
  | { readonly kind: 'configure'; readonly reason: string }
  | {
      readonly kind: 'verdict';
      readonly verdict: Verdict;
      readonly traceIds: readonly string[];
      /** What it was made from. */
      readonly evidence?: JudgedWindow;
    }
  | { readonly kind: 'judge-failed'; readonly message: string }
  /** What the plan wants next, and what it has waited for. */
  | { readonly kind: 'begin' | 'planned-step' | 'planned-promotion' | 'end-bake'; readonly reason: string }
  | { readonly kind: 'progress'; readonly progress: Progress; readonly reason: string }
  /** A raise could not be written down, so it must not come into force later by surprise. */
  | {
      readonly kind: 'withdraw-raise';
      /** In force. */
      readonly share: Share;
      readonly reason: string;
      /** Where the rollout stood before; absent when it has changed since. */
      readonly former?: Rollout;
    }
  /** A command is about to use up a one-time token. */
  | { readonly kind: 'spend-token'; readonly token: OneTimeToken; readonly actor: string; readonly reason: string }
  | { readonly kind: 'journal-set-aside'; readonly declaration: Declaration; readonly reason: string };

export type Acted =
  | { readonly rollout: Rollout; readonly events: readonly RolloutEvent[] }
  | { readonly refusal: Refusal };

export function act(rollout: Rollout, input: Input, circumstances: Circumstances): Acted {
  const decision = decide(rollout, input, circumstances);
  if (decision === null) return { rollout, events: [] };
  if ('code' in decision) return { refusal: decision };
  const events: RolloutEvent[] = [];
  let next = rollout;
  for (const change of Array.isArray(decision) ? decision : [decision]) {
    const event = eventOf(next, change, circumstances);
    events.push(event);
    next = fold(next, event);
  }
  return { rollout: next, events };
}

function decide(rollout: Rollout, input: Input, circumstances: Circumstances): Decision {
  switch (input.kind) {
    case 'set-weights':
    case 'start':
    case 'pause':
    case 'resume':
    case 'advance':
    case 'promote':
    case 'roll-back':
    case 'switch':
    case 'register':
    case 'set-automation':
      return refuseCommand(rollout, input, circumstances) ?? obeyPerson(rollout, input, circumstances);
    case 'declare':
      return declare(rollout, input, circumstances);
    case 'configure':
      return {
        ...weirs(rollout, input.reason),
        type: 'configured',
        actor: 'file',
        place: placeOf(rollout),
        keepsRevision: true,
      };
    case 'fall-again':
      return fallAgain(rollout, input.event, circumstances);
    case 'mistrust':
      return mistrusted(rollout, input, circumstances);
    case 'spend-token':
      return spendToken(rollout, input);
    case 'verdict':
      return obeyVerdict(rollout, input, circumstances);
    case 'judge-failed':
      if (!isGuarded(rollout)) return null;
      return takenOut(rollout, 'judge-failed', 'weir', `judging failed: ${input.message}`, {}, circumstances);
    case 'begin':
    case 'planned-step':
    case 'planned-promotion':
    case 'end-bake':
      return followPlan(rollout, input);
    case 'progress':
      return progressed(rollout, input);
    case 'withdraw-raise': {
      if (shareOf(rollout) <= input.share) return null;
      const { former } = input;
      const withdrawn = { ...weirs(rollout, input.reason), type: 'raise-withdrawn' } as const;
      if (former !== undefined && shareOf(former) <= input.share) {
        return { ...withdrawn, source: former.source, stable: former.stable, place: placeOf(former) };
      }
      const { stable, candidate } = sidesOf(rollout);
      return { ...withdrawn, stable, place: standingAt(candidate, input.share) };
    }
    case 'journal-set-aside': {
      const { declaration: declared, reason } = input;
      const known = { ...rollout, ...standingAt(declared.candidate, 0), stable: declared.stable };
      const { place } = rolledBack(known, circumstances.transactionId);
      return {
        type: 'journal-set-aside',
        actor: 'weir',
        source: 'guard',
        reason,
        declared,
        stable: declared.stable,
        place,
      };
    }
  }
}

function refuseCommand(
  rollout: Rollout,
  { expectedRevision, force }: Command,
  { policy }: Circumstances,
): Refusal | null {
  if (expectedRevision !== undefined && expectedRevision !== rollout.revision) {
    const message = `expected revision ${expectedRevision}, but the rollout is at ${rollout.revision}: read the status again`;
    return refuse('revision-mismatch', message);
  }
  if (force !== true || policy.allowForce) return null;
  return refuse('force-not-allowed', 'the configuration forbids force (rollout.allowForce: false)');
}

function obeyPerson(rollout: Rollout, command: Command, circumstances: Circumstances): Decision {
  switch (command.kind) {
    case 'set-weights':
      return setWeights(rollout, command);
    case 'start':
      return start(rollout, command);
    case 'pause':
      return pause(rollout, command);
    case 'resume':
      return resume(rollout, command);
    case 'advance':
      return advance(rollout, command);
    case 'promote':
      return promote(rollout, command);
    case 'roll-back':
      return rollBack(rollout, command, circumstances);
    case 'switch':
      return switchTo(rollout, command);
    case 'register':
      return register(rollout, command);
    case 'set-automation':
      return setAutomation(rollout, command);
  }
}
