import { expect, it } from 'vitest';
import { createRecordingNarrator } from '../../src/tell/recording.ts';
import { recordedLog } from '../log-lines.ts';

it('says once that the journal cannot be written, and once that it can again', () => {
  const { log, lines } = recordedLog();
  const said = () => lines.map(({ level, message }) => `${level}: ${message}`);
  const narrate = createRecordingNarrator(log);
  const broken = { writable: false, error: 'ENOSPC', sinceMs: 0 } as const;
  for (const recording of [{ writable: true } as const, broken, broken]) narrate(recording);
  expect(said()).toEqual([expect.stringMatching(/^error: the state directory cannot be written/)]);
  narrate({ writable: true });
  narrate({ writable: true });
  expect(said().slice(1)).toEqual(['info: the state directory can be written again']);
});
