import type * as z from 'zod';
import type { Release } from '../model/release.ts';
import type { Problem } from '../support/problem.ts';
import { contradictions } from './rules.ts';
import type { Config } from './schema.ts';
import { schema } from './schema.ts';
import { problemsOf } from '../support/zod-issues.ts';

/** The file's values, once the schema has read them. */
type File = z.output<typeof schema>;

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

function arranged(file: File): Config {
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

function stickyOf(sticky: File['sticky']): Config['sticky'] {
  if (sticky === null) return null;
  return sticky.cookie === null ? { header: sticky.header ?? '' } : { cookie: sticky.cookie };
}

function oidcOf(oidc: File['admin']['oidc']): Config['admin']['oidc'] {
  if (oidc === null) return null;
  const { issuer, audience, roleClaim, operator, viewer } = oidc;
  return { issuer, audience, roleClaim, values: { operator, viewer } };
}

function shieldOf(shield: File['shield']): Config['shield'] {
  const { methods, bodyLimit: bodyLimitBytes, budget: budgetRatio, mark, idempotencyKey } = shield;
  return methods.length === 0 ? null : { methods, bodyLimitBytes, budgetRatio, mark, idempotencyKey };
}

function probeOf(probe: File['probe']): Config['probe'] {
  if (probe === null) return null;
  const { path, every: everyMs, timeout: timeoutMs, failures, of, passes } = probe;
  return { path, everyMs, timeoutMs, failures, of, passes };
}

function fleetOf(fleet: File['fleet']): Config['fleet'] {
  if (fleet === null) return null;
  const { flush: flushMs, ...rest } = fleet;
  return { ...rest, flushMs };
}

function releaseOf(release: File['stable']): Release {
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
