import { setImmediate as turnOver } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createTurns } from '../../src/support/turns.ts';

it('gives everybody a turn of his own, in the order in which they ask', async () => {
  const next = createTurns();
  const had: string[] = [];
  for (const name of ['a', 'b', 'c']) void next().then(() => had.push(name));
  const steps: number[] = [];
  while (had.length < 3) {
    const before = had.length;
    await turnOver();
    steps.push(had.length - before);
  }
  expect(had).toEqual(['a', 'b', 'c']);
  expect(Math.max(...steps)).toBe(1);
});
