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
import type { Problem } from '../support/problem.ts';
import { problemsOf } from '../support/zod-issues.ts';
import { contradictions } from './rules.ts';
import * as section from './sections.ts';

export type { Endpoint };

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

/** The whole file. */
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

/**
 * Reads a tree of plain values, as YAML yields it, into a configuration, or into everything that is wrong with it.
 */
export function configOf(raw: unknown): { readonly config: Config } | { readonly problems: readonly Problem[] } {
  const result = schema.safeParse(raw);
  const problems = [
    ...(result.success ? [] : result.error.issues.flatMap((issue) => problemsOf(issue, schema))),
    ...contradictions(raw),
  ];
  if (!result.success || problems.length > 0) return { problems };
  return { config: freeze(arranged(result.data)) };
}

function arranged(file: z.output<typeof schema>): Config {
  const { guards, timeouts, limits, journal } = file;
  return {
    service: file.service,
    listen: file.listen,
    stable: releaseOf(file.stable),
    candidate: file.candidate === null ? null : releaseOf(file.candidate),
    share: file.weight,
    plan: (file.plan ?? []).map(({ weight, hold, gate }) => ({ share: weight, holdMs: hold, gate: gate?.url ?? null })),
    advance: file.advance,
    promote: file.promote,
    sticky: stickyOf(file.sticky),
    overrideHeader: file.override?.header ?? null,
    shield: shieldOf(file.shield),
    guards: {
      windowMs: guards.window,
      errorsRatio: guards.errors,
      p95Ms: guards.p95,
      rule: guards.rule,
      minRequests: guards.minRequests,
      falseRollbackMs: guards.falseRollback,
      worseThanStable: guards.worseThanStable,
    },
    probe: probeOf(file.probe),
    breaker: { rollbacks: file.breaker.rollbacks, withinMs: file.breaker.within },
    rollout: { bakeMs: file.rollout.bake, allowForce: file.rollout.allowForce },
    timeouts: {
      connectMs: timeouts.connect,
      headMs: timeouts.head,
      bodyMs: timeouts.body,
      requestHeadMs: timeouts.requestHead,
      keepAliveMs: timeouts.keepAlive,
      tunnelMs: timeouts.tunnel,
      drainMs: timeouts.drain,
    },
    limits: {
      headBytes: limits.headBytes,
      headers: limits.headers,
      connections: limits.connections,
      inFlight: limits.inFlight,
      loopDelayMs: limits.loopDelay,
    },
    journal: { dir: journal.dir, keepReleases: journal.keepReleases, resumeWithinMs: journal.resumeWithin },
    admin: { tokensFile: file.admin.tokensFile, oidc: oidcOf(file.admin.oidc), hosts: file.admin.hosts },
    log: file.log,
    webhooks: file.webhooks,
    fleet: fleetOf(file.fleet),
  };
}

function stickyOf(sticky: z.output<typeof schema>['sticky']): Config['sticky'] {
  if (sticky === null) return null;
  return sticky.cookie === null ? { header: sticky.header ?? '' } : { cookie: sticky.cookie };
}

function oidcOf(oidc: z.output<typeof section.admin>['oidc']): Config['admin']['oidc'] {
  if (oidc === null) return null;
  const { issuer, audience, roleClaim, operator, viewer } = oidc;
  return { issuer, audience, roleClaim, values: { operator, viewer } };
}

function shieldOf(shield: z.output<typeof section.shield>): Config['shield'] {
  const { methods, bodyLimit: bodyLimitBytes, budget: budgetRatio, mark, idempotencyKey } = shield;
  return methods.length === 0 ? null : { methods, bodyLimitBytes, budgetRatio, mark, idempotencyKey };
}

function probeOf(probe: z.output<typeof schema>['probe']): Config['probe'] {
  if (probe === null) return null;
  const { path, every: everyMs, timeout: timeoutMs, failures, of, passes } = probe;
  return { path, everyMs, timeoutMs, failures, of, passes };
}

function fleetOf(fleet: z.output<typeof schema>['fleet']): Config['fleet'] {
  if (fleet === null) return null;
  const { flush: flushMs, ...rest } = fleet;
  return { ...rest, flushMs };
}

function releaseOf(release: z.output<typeof section.release>): Release {
  const { version, url, image, commit, configHash, ca, serverName } = release;
  return {
    version,
    url,
    ...(image === null ? {} : { image }),
    ...(commit === null ? {} : { commit }),
    ...(configHash === null ? {} : { configHash }),
    ...(ca === null ? {} : { ca }),
    ...(serverName === null ? {} : { serverName }),
  };
}

function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  for (const inner of Object.values(value)) freeze(inner);
  return Object.freeze(value);
}
