import { expect, it } from 'vitest';
import { createSplitNarrator } from '../../src/tell/split.ts';

it('warns once for each split that the requests contradict', () => {
  const warnings: [object, string][] = [];
  const silent = () => undefined;
  const warn = (fields: object, message: string) => void warnings.push([fields, message]);
  const narrate = createSplitNarrator({ debug: silent, info: silent, warn, error: silent });
  for (const suspicion of [null, 'half of them', 'half of them', null, 'all of them']) narrate(suspicion);
  expect(warnings).toEqual([
    [{ event: 'split-suspect' }, 'the split is not as intended: half of them'],
    [{ event: 'split-suspect' }, 'the split is not as intended: all of them'],
  ]);
});
