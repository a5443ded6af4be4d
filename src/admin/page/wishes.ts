import type { StatusView } from '../../model/view.ts';
import type { Order } from './commands.ts';
import type { Action } from './rights.ts';
import { percentOf } from './words.ts';

/** What pressing a button asks of the sidecar. */
export interface Wish {
  readonly order: Order;
  readonly done: string;
  /** What to ask before; null in an emergency, and for what can be taken back. */
  readonly question: string | null;
}

/** @param wanted the weight on the slider, in percent. */
export function wishOf(
  action: Action,
  { revision, weights, candidate, plan }: StatusView,
  wanted: number,
  reason: string,
): Wish {
  const name = candidate?.version ?? 'the candidate';
  const because = reason === '' ? {} : { reason };
  const post = (path: string, body: object = {}): Order => ({
    method: 'POST',
    path,
    body: { ...body, ...because },
    revision,
  });
  switch (action) {
    case 'roll-back':
      return { order: { ...post('/v1/rollback'), revision: null }, done: 'Rolled back.', question: null };
    case 'set-weight': {
      const order: Order = { method: 'PUT', path: '/v1/weights', body: { candidate: wanted, ...because }, revision };
      const move = `from ${percentOf(weights.candidate)} to ${percentOf(wanted)}`;
      return { order, done: `${name} has ${percentOf(wanted)}.`, question: `Set ${name} ${move} of the requests?` };
    }
    case 'pause':
      return { order: post('/v1/rollout/pause'), done: 'Paused.', question: null };
    case 'resume':
      return { order: post('/v1/rollout/resume'), done: 'Resumed.', question: null };
    case 'advance': {
      const next = plan.steps.find(({ weight }, i) =>
        plan.step === null ? weight > weights.candidate : i > plan.step,
      );
      const share = next === undefined ? '' : `, ${percentOf(next.weight)} of the requests,`;
      return {
        order: post('/v1/rollout/advance'),
        done: 'On the next step.',
        question: `Give ${name} its next step${share} now?`,
      };
    }
    case 'promote':
      return {
        order: post('/v1/rollout/promote'),
        done: 'Promoted.',
        question: `Make ${name} stable, with all requests?`,
      };
    case 'automate': {
      const question = 'Let Weir start and advance by itself again?';
      return { order: post('/v1/automation', { enabled: true }), done: 'Automation is on.', question };
    }
  }
}
