import { formatEndpoint } from '../config/endpoint.ts';
import { loadConfig } from '../config/load.ts';
import { mistakeViewOf, textOfMistakes } from '../config/mistake-views.ts';
import type { Config } from '../config/schema.ts';
import { formatDuration, formatRatio, formatShare } from '../support/units.ts';
import type { Release } from '../model/release.ts';
import { EXIT } from './exit.ts';
import type { Format, Output } from './output.ts';

/** Says what a configuration file means, or everything that is wrong with it. Binds and changes nothing. */
export async function check(file: string, format: Format, write: Output): Promise<number> {
  const result = await loadConfig(file);
  const isValid = 'config' in result;
  const mistakes = isValid ? [] : result.mistakes;
  const means = isValid ? meaningOf(result.config) : [];
  if (format === 'json') {
    // Also what is wrong is what was asked for here, so it is the answer and not a failure to give one.
    const answer = { file, valid: isValid, mistakes: mistakes.map(mistakeViewOf), means: Object.fromEntries(means) };
    write.out(`${JSON.stringify(answer)}\n`);
  } else if (isValid) {
    const rows = means.map(([subject, meaning]) => `  ${subject.padEnd(10)} ${meaning}\n`);
    write.out(`${file} is valid\n${rows.join('')}`);
  } else {
    write.error(textOfMistakes(mistakes, format));
    write.error(`${mistakes.length} ${mistakes.length === 1 ? 'mistake' : 'mistakes'} in ${file}\n`);
  }
  return isValid ? EXIT.ok : EXIT.badConfiguration;
}

/** What the configuration asks for, subject by subject. */
function meaningOf(config: Config): readonly (readonly [string, string])[] {
  const { traffic, admin, telemetry } = config.listen;
  return [
    ['service', config.service],
    [
      'listen',
      `traffic ${formatEndpoint(traffic)}, admin ${formatEndpoint(admin)}, telemetry ${formatEndpoint(telemetry)}`,
    ],
    ['stable', upstreamOf(config.stable)],
    ['candidate', config.candidate === null ? 'none' : upstreamOf(config.candidate)],
    ...(config.plan.length > 0
      ? []
      : [['weight', `${formatShare(config.share)} of requests to the candidate at start`] as const]),
    ['plan', planOf(config)],
    ['guards', guardsOf(config.guards)],
    ['probe', probeOf(config.probe)],
    ['breaker', breakerOf(config.breaker)],
    ['admin', adminOf(config.admin)],
    ['webhooks', webhooksOf(config.webhooks)],
    ['fleet', fleetOf(config)],
  ];
}

function upstreamOf({ version, url }: Release): string {
  return `${version} at ${url}`;
}

function planOf({ plan, advance, promote, rollout }: Config): string {
  if (plan.length === 0) return 'none: the weight moves by hand';
  const steps = plan.map(({ share, holdMs, gate }) => {
    return `${formatShare(share)} for ${formatDuration(holdMs)}${gate === null ? '' : ' (gate)'}`;
  });
  const end = promote === 'auto' ? 'promoted by itself' : 'promoted by a person';
  return `${steps.join(', ')}; advances by ${advance}, ${end}, bakes for ${formatDuration(rollout.bakeMs)}`;
}

function probeOf(probe: Config['probe']): string {
  if (probe === null) return 'none';
  const { path, everyMs, failures, of, passes } = probe;
  return `GET ${path} every ${formatDuration(everyMs)}; down at ${failures} failures of ${of}, well after ${passes} passes`;
}

function breakerOf({ rollbacks, withinMs }: Config['breaker']): string {
  return `automation freezes at more than ${rollbacks} automatic rollbacks in ${formatDuration(withinMs)}`;
}

function adminOf({ tokensFile, oidc }: Config['admin']): string {
  if (tokensFile === null && oidc === null) return 'whoever is on this machine is the operator';
  const ways = [
    ...(tokensFile === null ? [] : [`a token of ${tokensFile}`]),
    ...(oidc === null ? [] : [`a JWT of ${oidc.issuer} for ${oidc.audience}`]),
  ];
  return `for whoever has ${ways.join(' or ')}`;
}

function fleetOf({ fleet, service }: Config): string {
  if (fleet === null) return 'none: this sidecar judges for itself';
  const { url, prefix, flushMs, member } = fleet;
  return `${prefix}:${service} at ${url}, as ${member ?? 'the name of the host'}, flushes every ${formatDuration(flushMs)}`;
}

/** By host: the rest of such a URL is a secret. */
function webhooksOf(webhooks: Config['webhooks']): string {
  if (webhooks.length === 0) return 'none';
  return webhooks.map(({ url, events }) => `${new URL(url).host} on ${events.join(', ') || 'nothing'}`).join('; ');
}

function guardsOf(guards: Config['guards']): string {
  const { windowMs, errorsRatio, p95Ms, worseThanStable } = guards;
  const limits = [
    ...(errorsRatio === null ? [] : [`failures > ${formatRatio(errorsRatio)}`]),
    ...(p95Ms === null ? [] : [`p95 > ${formatDuration(p95Ms)}`]),
    ...(worseThanStable === null ? [] : [`worse than ${worseThanStable} × stable`]),
  ];
  if (limits.length === 0) return 'none: nothing but a person takes the candidate out';
  return `roll back on ${limits.join(' or ')} in ${formatDuration(windowMs)}, ${ruleOf(guards)}`;
}

function ruleOf({ rule, minRequests, falseRollbackMs }: Config['guards']): string {
  if (rule === 'plain') return `from ${minRequests} requests on`;
  return `when that is proven (at most one false rollback in ${formatDuration(falseRollbackMs)})`;
}
