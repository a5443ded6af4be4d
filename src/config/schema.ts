import { ADVANCES, PROMOTIONS } from '../model/plan.ts';
import type { Advance, Plan, Promotion } from '../model/plan.ts';
import type { Guards } from '../model/guards.ts';
import type { Role } from '../model/identity.ts';
import type { Receiver } from '../model/notice.ts';
import type { Release } from '../model/release.ts';
import type { Share } from '../model/split.ts';
import * as z from 'zod';
import type { Endpoint } from './endpoint.ts';
import { choice, text } from './fields.ts';
import * as section from './sections.ts';

/** The configuration as the rest of the program sees it: numbers in the units of their names, frozen throughout. */
export interface Config {
  readonly service: string;
  readonly listen: { readonly traffic: Endpoint; readonly admin: Endpoint; readonly telemetry: Endpoint };
  readonly stable: Release;
  readonly candidate: Release | null;
  /** The share at which a candidate starts, when there is no plan. */
  readonly share: Share;
  /** Empty when weights are set by hand. */
  readonly plan: Plan;
  readonly advance: Advance;
  readonly promote: Promotion;
  /** How a user is kept on one side; null when every request is drawn anew. */
  readonly sticky: { readonly cookie: string } | { readonly header: string } | null;
  /** The header by which a request chooses its side; null when none may. */
  readonly overrideHeader: string | null;
  /** Null when failed answers of the candidate are not replayed on stable. */
  readonly shield: {
    readonly methods: readonly string[];
    readonly bodyLimitBytes: number;
    readonly budgetRatio: number;
    readonly mark: boolean;
    readonly idempotencyKey: boolean;
  } | null;
  readonly guards: Guards;
  /** Null when upstreams are not probed. */
  readonly probe: {
    readonly path: string;
    readonly everyMs: number;
    readonly timeoutMs: number;
    /** So many failures among the last `of` probes are a reason to roll back. */
    readonly failures: number;
    readonly of: number;
    /** Passes in a row that make a health check. */
    readonly passes: number;
  } | null;
  readonly breaker: { readonly rollbacks: number; readonly withinMs: number };
  readonly rollout: {
    /** How long guards stay on after a promotion or a switch. */
    readonly bakeMs: number;
    readonly allowForce: boolean;
  };
  readonly timeouts: {
    readonly connectMs: number;
    readonly headMs: number;
    readonly bodyMs: number;
    readonly requestHeadMs: number;
    readonly keepAliveMs: number;
    readonly tunnelMs: number;
    readonly drainMs: number;
  };
  readonly limits: {
    readonly headBytes: number;
    /** Header lines a head. */
    readonly headers: number;
    readonly connections: number;
    /** Requests under way at once. */
    readonly inFlight: number;
    readonly loopDelayMs: number;
  };
  readonly journal: { readonly dir: string; readonly keepReleases: number; readonly resumeWithinMs: number };
  /** Without tokens and OIDC whoever reaches the admin listener, on loopback, is its operator. */
  readonly admin: {
    readonly tokensFile: string | null;
    readonly oidc: {
      readonly issuer: string;
      readonly audience: string;
      readonly roleClaim: string;
      /** Values of that claim, for each role. */
      readonly values: Readonly<Record<Role, readonly string[]>>;
    } | null;
    /** Names besides loopback. */
    readonly hosts: readonly string[];
  };
  readonly log: { readonly level: string; readonly file: string | null };
  /** Who is told of events. */
  readonly webhooks: readonly Receiver[];
  /** Null when this sidecar judges for itself. */
  readonly fleet: FleetSettings | null;
}

/** How sidecars of one service share one rollout and one window. */
export interface FleetSettings {
  /** Of the store, without credentials. */
  readonly url: string;
  /** Before every key in the store. */
  readonly prefix: string;
  readonly flushMs: number;
  /** Of this sidecar among them; null for the name of the host. */
  readonly member: string | null;
  readonly caFile: string | null;
  readonly usernameFile: string | null;
  readonly passwordFile: string | null;
  /** By what the sentinels themselves are asked. */
  readonly sentinelUsernameFile: string | null;
  readonly sentinelPasswordFile: string | null;
}

/** The whole file, as a person writes it. */
export const schema = z.strictObject({
  service: text('the name of the service'),
  listen: section.listen.prefault({}),
  stable: section.release,
  candidate: section.optional(section.release),
  weight: section.weight,
  plan: section.plan,
  advance: choice(ADVANCES).default('time'),
  promote: choice(PROMOTIONS).default('manual'),
  guards: section.guards.prefault({ errors: '0.5%', p95: '300ms' }),
  sticky: section.optional(section.sticky),
  override: section.optional(section.override),
  shield: section.shield.prefault({}),
  probe: section.optional(section.probe),
  breaker: section.breaker.prefault({}),
  timeouts: section.timeouts.prefault({}),
  limits: section.limits.prefault({}),
  journal: section.journal.prefault({}),
  log: section.log.prefault({}),
  webhooks: z.array(section.webhook).prefault([]),
  admin: section.admin.prefault({}),
  fleet: section.optional(section.fleet),
  rollout: section.rollout.prefault({}),
});
