import { differencesBetween, refusalsOf } from '../config/differences.ts';
import { type ConfigResult, formatMistake } from '../config/load.ts';
import { declarationOf } from '../config/rollout.ts';
import type { Config } from '../config/schema.ts';
import type { Control } from '../release/control.ts';
import type { Clock } from '../support/clock.ts';
import type { ReloadRecord } from '../tell/reload.ts';
import type { Webhooks } from '../tell/webhooks/webhooks.ts';

export interface ReloadParts {
  readonly clock: Clock;
  readonly control: Control;
  readonly reloads: ReloadRecord;
  readonly webhooks: Webhooks;
  current(): Config;
  /** Every stage takes over what it needs. */
  adopt(next: Config): void;
}

/** What the configuration file says now: put in force whole, or refused whole and told. */
export function createReload({ clock, control, reloads, webhooks, current, adopt }: ReloadParts) {
  return async function reload(result: ConfigResult): Promise<void> {
    const former = current();
    const known = control.rollout().releases.map(({ release }) => release);
    const mistakes =
      'mistakes' in result ? result.mistakes.map(formatMistake) : refusalsOf(former, result.config, known);
    if ('mistakes' in result || mistakes.length > 0) {
      webhooks.refused(control.rollout(), mistakes);
      return reloads.refused(clock.wallMs(), mistakes);
    }
    const { config } = result;
    const { adjustable } = differencesBetween(former, config);
    adopt(config);
    await control.take({ kind: 'declare', declaration: declarationOf(config), lapsed: false });
    if (adjustable.length > 0) {
      await control.take({ kind: 'configure', reason: `the configuration file changed ${adjustable.join(', ')}` });
    }
    reloads.succeeded(clock.wallMs(), JSON.stringify(config) !== JSON.stringify(former));
  };
}
