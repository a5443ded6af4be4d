import { expect, it } from 'vitest';
import type { RolloutEvent } from '../../src/model/event.ts';
import { narrate } from '../../src/tell/narrate.ts';
import { eventOf } from '../admin/fixtures.ts';

function narrated(changes: Partial<RolloutEvent>): string[] {
  const messages: string[] = [];
  const note = (_fields: object, message: string) => void messages.push(message);
  narrate({ debug: note, info: note, warn: note, error: note }, eventOf(1, changes));
  return messages;
}

it('says how the share of the candidate moved, and why', () => {
  const weights = { before: { stable: 100, candidate: 0 }, after: { stable: 95, candidate: 5 } };
  expect(narrated({ type: 'started', weights, reason: 'go' })).toEqual(['started: 0 % -> 5 % candidate; go']);
});

it('does not call it a fall when a promoted release has been baked', () => {
  const weights = { before: { stable: 0, candidate: 100 }, after: { stable: 100, candidate: 0 } };
  expect(narrated({ type: 'baked', weights, reason: 'the bake is over' })).toEqual(['baked: the bake is over']);
});
