import type { World } from '../sidecar.ts';
import { systemClock } from '../support/clock.ts';
import { newId, systemRandom } from '../support/random.ts';
import type { Log } from '../tell/log.ts';
import { collectGarbage } from './collect.ts';

/** What this process lends to a sidecar. */
export function worldOf(log: Log, version: string): World {
  return { clock: systemClock, random: systemRandom, newId, log, version, collectGarbage };
}
