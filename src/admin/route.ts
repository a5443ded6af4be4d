import type { RequestHandler } from 'express';
import type { z } from 'zod';
import type { Command, Refusal } from '../model/command.ts';
import type { RolloutEvent } from '../model/event.ts';
import type { Identity, Role } from '../model/identity.ts';
import type { Snapshot } from '../model/status.ts';
import type { AnswerName } from './openapi/answers.ts';
import type { ProblemCode } from './problems.ts';

/** What the API is given: ways to look and to ask, and nothing to decide with. */
export interface AdminParts {
  readonly look: () => Snapshot;
  /** The last so many events, in any order. */
  readonly history: (limit: number) => readonly RolloutEvent[];
  /** Answers once the change is in force, or says why it is not. */
  readonly ask: (
    command: Command,
  ) => Promise<{ readonly ok: true } | { readonly ok: false; readonly refusal: Refusal }>;
  /** Whether who was let in would be let in now; absent where everybody is. */
  readonly isStillGood?: (identity: Identity) => boolean;
  /** Told of what went wrong inside; the client only learns that something did. */
  readonly report: (error: unknown) => void;
  /** Opens a stream of `GET /v1/events`. */
  readonly events?: RequestHandler;
  /** What every request must pass; unless told otherwise only the checks of a listener on loopback. */
  readonly doors?: readonly RequestHandler[];
  /** Weir's own version. */
  readonly version?: string;
}

export type Tag = 'status' | 'rollout' | 'releases' | 'automation' | 'about';

/** One operation of the API: from this both its express route and its part of the document are made. */
export interface Route {
  readonly method: 'get' | 'put' | 'post';
  /** Parameters stand in braces. */
  readonly path: string;
  /** As the doors hold it: `viewer` to read, `operator` to change. */
  readonly role: Role;
  readonly tag: Tag;
  /** What generated clients call it. */
  readonly operation: string;
  readonly summary: string;
  readonly description?: string;
  readonly parameters?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  /** Whether an empty body will not do. */
  readonly needsBody?: boolean;
  /** Bodies by what they do. */
  readonly examples?: Readonly<Record<string, object>>;
  readonly answer: AnswerName;
  /** Besides those that every route may give. */
  readonly problems: readonly ProblemCode[];
  readonly handle: (parts: AdminParts) => RequestHandler;
}

/** What any route may give, before or behind its own work. */
const OF_EVERY_ROUTE: readonly ProblemCode[] = [
  'unauthenticated',
  'invalid-token',
  'token-expired',
  'token-spent',
  'not-permitted',
  'host-not-allowed',
  'origin-not-allowed',
  'too-many-failures',
  'internal-error',
  'identity-provider-away',
];

/** Every problem that a route may give. */
export function problemsOf({ problems }: Pick<Route, 'problems'>): readonly ProblemCode[] {
  return [...OF_EVERY_ROUTE, ...problems];
}
