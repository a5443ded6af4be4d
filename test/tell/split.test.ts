import { expect, it } from 'vitest';
import { createSplitNarrator } from '../../src/tell/split.ts';
import { recordedLog } from '../log-lines.ts';

it('warns once for each split that the requests contradict', () => {
  const { log, lines } = recordedLog();
  const narrate = createSplitNarrator(log);
  for (const suspicion of [null, 'half of them', 'half of them', null, 'all of them']) narrate(suspicion);
  const fields = { event: 'split-suspect' };
  expect(lines).toEqual([
    { level: 'warn', fields, message: 'the split is not as intended: half of them' },
    { level: 'warn', fields, message: 'the split is not as intended: all of them' },
  ]);
});
