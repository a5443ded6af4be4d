import type { Command, Refusal } from '../model/command.ts';
import type { Rollout } from '../model/rollout.ts';
import { shareOf, sidesOf } from '../model/rollout.ts';
import type { Share } from '../model/split.ts';
import type { Input } from './act.ts';
import type { Journal } from './journal.ts';

/** Whether a candidate gets more by it than is in force. */
export function raisesShare(before: Rollout, after: Rollout, shareInForce: Share): boolean {
  if (sidesOf(before).candidate?.version !== sidesOf(after).candidate?.version) return shareOf(after) > 0;
  return shareOf(after) > shareInForce;
}

/** What the plan wants, unlike what the file declares, is not remembered as a wish when it cannot be written. */
export function isPlanned({ kind }: Input): boolean {
  return kind === 'begin' || kind === 'planned-step' || kind === 'planned-promotion';
}

/** What a person may do to be safe; whether the share really falls is seen besides. */
export function isLowering(kind: Command['kind']): boolean {
  return kind === 'roll-back' || kind === 'set-weights' || kind === 'pause';
}

export function unwritable(journal: Journal, share: Share): Refusal {
  const recording = journal.recording();
  const cause = recording.writable ? 'it could not be written' : recording.error;
  const message = `the state directory cannot be written (${cause}), so the candidate's weight may only fall; it stays at ${share / 100} %`;
  return { code: 'state-not-writable', message };
}
