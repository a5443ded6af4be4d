import { expect, it } from 'vitest';
import type { RolloutEvent } from '../../src/model/event.ts';
import { narrate } from '../../src/tell/narrate.ts';
import { eventOf } from '../admin/fixtures.ts';
import { recordedLog } from '../log-lines.ts';

function narrated(changes: Partial<RolloutEvent>): string[] {
  const { log, lines } = recordedLog();
  narrate(log, eventOf(1, changes));
  return lines.map(({ message }) => message);
}

it('says how the share of the candidate moved, and why', () => {
  const weights = { before: { stable: 100, candidate: 0 }, after: { stable: 95, candidate: 5 } };
  expect(narrated({ type: 'started', weights, reason: 'go' })).toEqual(['started: 0 % -> 5 % candidate; go']);
});

it('does not call it a fall when a promoted release has been baked', () => {
  const weights = { before: { stable: 0, candidate: 100 }, after: { stable: 100, candidate: 0 } };
  expect(narrated({ type: 'baked', weights, reason: 'the bake is over' })).toEqual(['baked: the bake is over']);
});

it.each([
  ['error', 'automation-frozen'],
  ['warn', 'rolled-back'],
  ['warn', 'judge-failed'],
  ['warn', 'resume-refused'],
  ['warn', 'journal-set-aside'],
  ['info', 'rollback-progressed'],
  ['info', 'weights-set'],
] as const)('is a matter of %s for %s', (level, type) => {
  const { log, lines } = recordedLog();
  narrate(log, eventOf(1, { type }));
  expect(lines).toMatchObject([{ level, fields: { event: type } }]);
});
