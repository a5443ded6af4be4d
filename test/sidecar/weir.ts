import { onTestFinished } from 'vitest';
import { readConfig } from '../../src/config/load.ts';
import { startSidecar } from '../../src/sidecar.ts';
import type { Clock } from '../../src/support/clock.ts';
import { systemClock } from '../../src/support/clock.ts';
import type { Random } from '../../src/support/random.ts';
import { newId, systemRandom } from '../../src/support/random.ts';
import type { LogLine } from '../log-lines.ts';
import { recordedLog } from '../log-lines.ts';
import type { Doors } from './doors.ts';
import { doorsOf } from './doors.ts';
import type { Settings } from './settings.ts';
import { configText } from './settings.ts';

export interface Weir extends Doors {
  readonly lines: readonly LogLine[];
  /** Reads another configuration, as when the file changes. */
  reload(settings: Settings): Promise<void>;
  stop(): Promise<void>;
}

/** A sidecar in this process, on ports of its own, stopped with the test at the latest. */
export async function startWeir(
  settings: Settings,
  clock: Clock = systemClock,
  random: Random = systemRandom,
): Promise<Weir> {
  const result = readConfig(configText(settings), 'test.json');
  if ('mistakes' in result) throw new Error(JSON.stringify(result.mistakes));
  const { log, lines } = recordedLog();
  const world = { clock, random, newId, log, version: 'test' };
  const sidecar = await startSidecar(result.config, world);
  let stopped: Promise<void> | null = null;
  const stop = (): Promise<void> => (stopped ??= sidecar.stop());
  onTestFinished(stop);
  const reload = (changed: Settings): Promise<void> => sidecar.reload(readConfig(configText(changed), 'test.json'));
  return { ...doorsOf(sidecar.ports), lines, reload, stop };
}
