import type { RefusalCode } from '../model/command.ts';
import type { Mistake } from './contract.ts';

/** Every way in which the admin API says no: code, status, title. Source of the form: RFC 9457. */
export const PROBLEMS = {
  'malformed-json': { status: 400, title: 'The body is not JSON' },
  'malformed-if-match': { status: 400, title: 'If-Match could not be read' },
  'invalid-query': { status: 400, title: 'The query has mistakes' },
  unauthenticated: { status: 401, title: 'Weir must know who asks' },
  'invalid-token': { status: 401, title: 'The token opens nothing here' },
  'token-expired': { status: 401, title: 'The token has expired' },
  'token-spent': { status: 401, title: 'The one-time token has been used' },
  'not-permitted': { status: 403, title: 'The role does not allow this' },
  'host-not-allowed': { status: 403, title: 'Weir is not known by this host name' },
  'origin-not-allowed': { status: 403, title: 'Pages from elsewhere may not ask here' },
  'not-found': { status: 404, title: 'There is nothing at this path' },
  'unknown-version': { status: 404, title: 'No release has this version' },
  'method-not-allowed': { status: 405, title: 'This path does not take this method' },
  'no-candidate': { status: 409, title: 'There is no candidate' },
  'wrong-phase': { status: 409, title: 'The rollout stands where this makes no sense' },
  unhealthy: { status: 409, title: 'The release is not well' },
  'taken-out': { status: 409, title: 'The release has been taken out' },
  'gate-closed': { status: 409, title: 'The gate of the step does not open' },
  'automation-frozen': { status: 409, title: 'Too many rollbacks have frozen automation' },
  'force-not-allowed': { status: 409, title: 'The configuration forbids force' },
  'no-fleet': { status: 409, title: 'This sidecar is in no fleet' },
  'version-conflict': { status: 409, title: 'The version is already another release' },
  'revision-mismatch': { status: 412, title: 'The rollout has changed since' },
  'body-too-large': { status: 413, title: 'The body is too large' },
  'unsupported-media-type': { status: 415, title: 'The body must be plain JSON' },
  'invalid-body': { status: 422, title: 'The body has mistakes' },
  'invalid-weights': { status: 422, title: 'The weights make no split' },
  'too-many-failures': { status: 429, title: 'Too many failures to say who one is' },
  'internal-error': { status: 500, title: 'Weir failed' },
  stopping: { status: 503, title: 'Weir is being stopped' },
  'too-many-streams': { status: 503, title: 'Too many clients listen already' },
  'identity-provider-away': { status: 503, title: 'The identity provider cannot be asked' },
  'state-not-writable': { status: 503, title: 'The journal cannot be written' },
  'store-unavailable': { status: 503, title: 'The fleet cannot agree on it now' },
} as const satisfies Record<string, { status: number; title: string }> &
  Record<RefusalCode, { status: number; title: string }>;

export type ProblemCode = keyof typeof PROBLEMS;

export function isProblemCode(code: unknown): code is ProblemCode {
  return typeof code === 'string' && Object.hasOwn(PROBLEMS, code);
}

export const PROBLEM_TYPE = 'application/problem+json';

/** An RFC 9457 problem document, with the code for programs and every mistake for people. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ProblemCode;
  readonly mistakes?: readonly Mistake[];
}

export function problemOf(code: ProblemCode, detail: string, mistakes?: readonly Mistake[]): Problem {
  const { status, title } = PROBLEMS[code];
  return { type: `/problems/${code}`, title, status, detail, code, ...(mistakes !== undefined && { mistakes }) };
}

/** The problem whose detail names every mistake, so that it also reads well alone. */
export function problemOfMistakes(code: ProblemCode, mistakes: readonly Mistake[]): Problem {
  const detail = mistakes.map(({ at, message }) => (at === '' ? message : `${at}: ${message}`)).join('; ');
  return problemOf(code, detail, mistakes);
}
