import { parseStoreUrl } from '../model/store-address.ts';
import { parseAddress } from '../model/upstream.ts';
import type * as z from 'zod';
import { isLoopback } from '../support/loopback.ts';
import { type Endpoint, formatEndpoint, overlaps } from './endpoint.ts';
import { type Path, valueAt } from '../support/path.ts';
import { expected, type Problem } from '../support/problem.ts';
import { fleet, listen, plan, release } from './sections.ts';

/**
 * What no key can say alone. Each rule looks at the values it compares and at nothing else, so that a mistake
 * elsewhere in the file does not hide a contradiction.
 */
export function contradictions(raw: unknown): Problem[] {
  return [
    ...sameVersion(raw),
    ...planSteps(raw),
    ...sharedPorts(raw),
    ...loops(raw),
    ...openAdmin(raw),
    ...uselessStoreFiles(raw),
  ];
}

function sameVersion(raw: unknown): Problem[] {
  const path = ['candidate', 'version'];
  const stable = read(release.shape.version, raw, ['stable', 'version']);
  const candidate = read(release.shape.version, raw, path);
  return stable !== null && stable === candidate ? [expected(path, "another version than stable's")] : [];
}

/** A plan goes upward: what should go down is a rollback, which has its own way. */
function planSteps(raw: unknown): Problem[] {
  const steps = read(plan, raw, ['plan']) ?? [];
  return steps.flatMap(({ weight: share }, position) => {
    const path = ['plan', position, 'weight'];
    if (share === 0) return [expected(path, 'a weight above 0%')];
    const before = steps[position - 1]?.weight ?? 0;
    return share > before ? [] : [expected(path, `a weight above ${before / 100}%, that of the step before`)];
  });
}

const LISTENERS = ['traffic', 'admin', 'telemetry'] as const;

function sharedPorts(raw: unknown): Problem[] {
  const endpoints = listeners(raw);
  return endpoints.flatMap(({ name, endpoint }, position) => {
    const taken = endpoints.slice(0, position).find((earlier) => overlaps(endpoint, earlier.endpoint));
    if (taken === undefined) return [];
    const what = `an address that listen.${taken.name} (${formatEndpoint(taken.endpoint)}) leaves free`;
    return [expected(['listen', name], what)];
  });
}

/** An upstream that is one of our own listeners would send every request round in circles. */
function loops(raw: unknown): Problem[] {
  return ['stable', 'candidate'].flatMap((side) => {
    const path = [side, 'url'];
    const url = read(release.shape.url, raw, path);
    const result = url === null ? null : parseAddress(url);
    if (result === null || !('address' in result)) return [];
    const { address } = result;
    const own = listeners(raw).find(({ endpoint }) => reaches(address, endpoint));
    return own === undefined ? [] : [expected(path, `an upstream, not Weir's own listen.${own.name}`)];
  });
}

function reaches(address: Endpoint, listener: Endpoint): boolean {
  // On another host the same port is another program, even if we listen on every address here.
  return overlaps(address, listener) && (isLoopback(address.host) || address.host === listener.host);
}

function listeners(raw: unknown): { name: string; endpoint: Endpoint }[] {
  return LISTENERS.flatMap((name) => {
    const endpoint = read(listen.shape[name], raw, ['listen', name]);
    return endpoint === null ? [] : [{ name, endpoint }];
  });
}

/** Whoever reaches the admin listener can move all traffic: beyond this machine it must be known who that is. */
function openAdmin(raw: unknown): Problem[] {
  const path = ['listen', 'admin'];
  const endpoint = read(listen.shape.admin, raw, path);
  if (endpoint === null || isLoopback(endpoint.host)) return [];
  // A way that is given but wrong is told where it stands.
  const hasWay = (['tokensFile', 'oidc'] as const).some((key) => (valueAt(raw, ['admin', key]) ?? null) !== null);
  const what = 'an address in 127.0.0.0/8, ::1 or localhost, unless admin.tokensFile or admin.oidc says who may use it';
  return hasWay ? [] : [expected(path, what)];
}

/** A file that nothing would read: whoever gave it believes in a protection that is not there. */
function uselessStoreFiles(raw: unknown): Problem[] {
  const url = read(fleet.shape.url, raw, ['fleet', 'url']);
  const parsed = url === null ? null : parseStoreUrl(url);
  if (parsed === null || 'mistake' in parsed) return [];
  const { tls, kind } = parsed.address;
  const unless = (isUsed: boolean, key: string, when: string): Problem[] => {
    const path = ['fleet', key];
    return isUsed || (valueAt(raw, path) ?? null) === null ? [] : [expected(path, `null unless fleet.url ${when}`)];
  };
  return [
    ...unless(tls, 'caFile', 'begins with rediss, for TLS'),
    ...unless(kind === 'sentinel', 'sentinelUsernameFile', 'names sentinels'),
    ...unless(kind === 'sentinel', 'sentinelPasswordFile', 'names sentinels'),
  ];
}

/** The value at the path, with its default; null where it is wrong, which is told elsewhere. */
function read<T>(schema: z.ZodType<T>, raw: unknown, path: Path): T | null {
  const result = schema.safeParse(valueAt(raw, path));
  return result.success ? result.data : null;
}
