import { expect, it } from 'vitest';
import { createRecordingNarrator } from '../../src/tell/recording.ts';

it('says once that the journal cannot be written, and once that it can again', () => {
  const lines: string[] = [];
  const to = (level: string) => (_fields: object, message: string) => void lines.push(`${level}: ${message}`);
  const narrate = createRecordingNarrator({
    debug: to('debug'),
    info: to('info'),
    warn: to('warn'),
    error: to('error'),
  });
  const broken = { writable: false, error: 'ENOSPC', sinceMs: 0 } as const;
  for (const recording of [{ writable: true } as const, broken, broken]) narrate(recording);
  expect(lines).toEqual([expect.stringMatching(/^error: the state directory cannot be written/)]);
  narrate({ writable: true });
  narrate({ writable: true });
  expect(lines.slice(1)).toEqual(['info: the state directory can be written again']);
});
