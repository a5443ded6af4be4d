import type { Advance, Promotion } from './plan.ts';

/** The rules by which a rollout goes on, as the configuration has them now. Changing them is no event of a rollout. */
export interface Policy {
  readonly advance: Advance;
  readonly promote: Promotion;
  /** How long guards stay on after a promotion or a switch. */
  readonly bakeMs: number;
  /** Whether a command may override a health check, a probe or the breaker. */
  readonly allowForce: boolean;
  /** Releases remembered besides those in use. */
  readonly keepReleases: number;
  /** More automatic rollbacks than this within the time freeze automation. */
  readonly breaker: { readonly rollbacks: number; readonly withinMs: number };
  /** Whether a declared candidate must pass its health check before it gets traffic. */
  readonly checksDeclared: boolean;
}
