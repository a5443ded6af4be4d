import type { Command, Refusal } from '../model/command.ts';
import type { Release } from '../model/release.ts';
import type { Rollout } from '../model/rollout.ts';
import { planOf, shareOf, sidesOf } from '../model/rollout.ts';
import { inParentheses, refuse } from './change.ts';
import type { Control } from './control.ts';
import { nextStepOf } from './plan.ts';
import { releaseNamed } from './registry.ts';
import { shareAsked } from './weights.ts';

/**
 * What stands between a person's command and the rollout: whoever sends traffic somewhere new is told first whether
 * that place is well. A health check before every start, switch and return to a release that is not there already; no
 * failing probe and no unhealthy verdict before an advance or a promotion; and the gate of the step that would be
 * taken. What lowers the candidate's share is never checked. `force` overrides all of it, where it is allowed. What was
 * found holds for the rollout as it stood: when it has changed meanwhile, a rollback above all, the command is refused.
 */
export interface AskParts {
  readonly control: Pick<Control, 'ask' | 'refusalOf' | 'rollout' | 'spend'>;
  /** Null when the release is well, else what was found. */
  check(release: Release): Promise<string | null>;
  /** Null when nothing speaks against giving the candidate more. */
  obstacle(): string | null;
  /** Null when the gate opens, else what it said. */
  askGate(url: string): Promise<string | null>;
}

export function createAsk({ control, check, obstacle, askGate }: AskParts): Control['ask'] {
  async function obstacleTo(command: Command): Promise<Refusal | null> {
    const rollout = control.rollout();
    const target = releaseToCheck(rollout, command);
    if (target !== null) {
      const found = await check(target);
      if (found !== null) return refuse('unhealthy', `${target.version} does not pass its health check: ${found}`);
    }
    if (command.kind !== 'advance' && command.kind !== 'promote') return null;
    const against = obstacle();
    if (against !== null) return refuse('unhealthy', `expected ${against} before the candidate gets more`);
    const next = command.kind === 'advance' ? nextStepOf(rollout) : null;
    const gate = next === null ? null : (planOf(rollout)[next]?.gate ?? null);
    const said = gate === null ? null : await askGate(gate);
    return said === null ? null : refuse('gate-closed', `the gate ${gate} does not open: ${said}`);
  }

  return async (command) => {
    // What would be refused anyway is refused before anybody else is asked.
    const { revision } = control.rollout();
    const obstacleFound = control.refusalOf(command) ?? (command.force === true ? null : await obstacleTo(command));
    const outdated = (): Refusal | null => refuseOutdated(control.rollout(), revision, command);
    // Before it as well, so that a rollback during a slow check costs nobody the one-time token.
    const refusal = obstacleFound ?? outdated() ?? (await control.spend(command)) ?? outdated();
    return refusal === null ? control.ask(command) : { ok: false, refusal };
  };
}

/** Going back is right whatever has happened meanwhile; a revision that the client named is compared elsewhere. */
function refuseOutdated(rollout: Rollout, revision: number, { kind, expectedRevision }: Command): Refusal | null {
  if (rollout.revision === revision || kind === 'roll-back' || expectedRevision !== undefined) return null;
  return refuse('wrong-phase', `the rollout changed while this was checked${inParentheses(rollout.reason)}: ask again`);
}

/** Where the command would send traffic that gets none now; null when nowhere. */
function releaseToCheck(rollout: Rollout, command: Command): Release | null {
  const { stable, candidate } = sidesOf(rollout);
  switch (command.kind) {
    case 'start':
      return command.candidate;
    case 'switch':
      return releaseNamed(rollout.releases, command.version);
    case 'roll-back': {
      const { to } = command;
      return to === undefined || to === stable.version ? null : releaseNamed(rollout.releases, to);
    }
    case 'set-weights': {
      const asked = shareAsked(rollout, command.weights);
      return 'share' in asked && asked.share > 0 && shareOf(rollout) === 0 ? candidate : null;
    }
    case 'pause':
    case 'resume':
    case 'advance':
    case 'promote':
    case 'register':
    case 'set-automation':
      return null;
  }
}
