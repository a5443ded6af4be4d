import { z } from 'zod';
import type { Command } from '../model/command.ts';
import { FULL_SHARE, shareOfPercent } from '../model/split.ts';
import type { Mistake, Parsed } from './fields.ts';
import {
  expected,
  NO_REASON,
  parse,
  percent,
  plan,
  POLLUTING,
  reason,
  releaseKeys,
  releaseOf,
  version,
} from './fields.ts';

/** What a client may say, and how it becomes a command. */
export type { Mistake, Parsed };

/** Who asks, and of which revision. */
export interface Asker {
  readonly actor: string;
  readonly expectedRevision?: number;
}

/** Who overrides a check must say why: it stays in the journal. */
const force = z.boolean({ error: ({ input }) => expected('true or false', input) }).default(false);

function forced({ force, reason }: { readonly force: boolean; readonly reason: string }): readonly Mistake[] {
  return force && reason === NO_REASON
    ? [{ at: 'reason', message: 'expected a reason, because force overrides checks' }]
    : [];
}

/** What every change may say. */
const common = { reason, force };

/** The asker, with what every change may say. */
interface Told extends Asker {
  readonly reason: string;
  readonly force?: true;
}

function parserOf<T extends { readonly force: boolean; readonly reason: string }>(
  schema: z.ZodType<T>,
  commandOf: (body: T, told: Told) => Command,
): (body: unknown, asker: Asker) => Parsed<Command> {
  return (body, asker) => {
    const parsed = parse(schema, body);
    if ('mistakes' in parsed) return parsed;
    const { force, reason } = parsed.value;
    const mistakes = forced(parsed.value);
    if (mistakes.length > 0) return { mistakes };
    return { value: commandOf(parsed.value, { ...asker, reason, ...(force && { force }) }) };
  };
}

const weightsBody = z.object(common).catchall(percent);

/** `PUT /v1/weights`: one or two weights in percent, by side or by version, and perhaps a reason. */
export function parseWeights(body: unknown, asker: Asker): Parsed<Command> {
  const parsed = parse(weightsBody, body, POLLUTING);
  if ('mistakes' in parsed) return parsed;
  const { reason, force, ...weights } = parsed.value;
  const entries = Object.entries(weights).map(([name, weight]): [string, number] => [name, weight + 0]);
  const mistake = mistakeInSum(entries);
  if (mistake !== null) return { mistakes: [{ at: '', message: mistake }] };
  const mistakes = forced({ force, reason });
  if (mistakes.length > 0) return { mistakes };
  return {
    value: { kind: 'set-weights', ...asker, reason, ...(force && { force }), weights: Object.fromEntries(entries) },
  };
}

/** `POST /v1/rollback`: perhaps where to, and a reason. */
export const parseRollback = parserOf(z.strictObject({ to: version.optional(), ...common }), ({ to }, told) => {
  return { kind: 'roll-back', ...told, ...(to !== undefined && { to }) };
});

/** `POST /v1/rollout`: the candidate's version and URL, perhaps where it came from, and a plan of its own. */
export const parseRollout = parserOf(
  z.strictObject({ ...releaseKeys, plan: plan.optional(), ...common }),
  (body, told) => {
    return { kind: 'start', ...told, candidate: releaseOf(body), ...(body.plan !== undefined && { plan: body.plan }) };
  },
);

/** `POST /v1/releases`: a release to remember. */
export const parseRelease = parserOf(z.strictObject({ ...releaseKeys, ...common }), (body, told) => ({
  kind: 'register',
  ...told,
  release: releaseOf(body),
}));

/** `POST /v1/switch`: the version that gets everything. */
export const parseSwitch = parserOf(z.strictObject({ version, ...common }), (body, told) => ({
  kind: 'switch',
  ...told,
  version: body.version,
}));

/** `POST /v1/rollout/…`: no more than a reason. */
export const parseStep = {
  pause: parserOf(z.strictObject(common), (_body, told) => ({ kind: 'pause', ...told })),
  resume: parserOf(z.strictObject(common), (_body, told) => ({ kind: 'resume', ...told })),
  advance: parserOf(z.strictObject(common), (_body, told) => ({ kind: 'advance', ...told })),
  promote: parserOf(z.strictObject(common), (_body, told) => ({ kind: 'promote', ...told })),
};

const enabled = z.boolean({ error: ({ input }) => expected('true or false', input) });

/** `POST /v1/automation`: on or off; on lifts the breaker. */
export const parseAutomation = parserOf(z.strictObject({ enabled, ...common }), (body, told) => {
  return { kind: 'set-automation', ...told, enabled: body.enabled };
});

const historyQuery = z.strictObject({
  limit: z
    .string({ error: 'expected one whole number between 1 and 1000' })
    .regex(/^(?:[1-9]\d{0,2}|1000)$/, { error: 'expected a whole number between 1 and 1000' })
    .default('100')
    .transform(Number),
});

/** The query of `GET /v1/history`: how many events, 100 unless told. */
export function parseHistoryQuery(query: unknown): Parsed<{ readonly limit: number }> {
  return parse(historyQuery, query);
}

/** The revision in an `If-Match`; null when any will do. */
export function parseIfMatch(header: string | undefined): Parsed<number | null> {
  if (header === undefined || header.trim() === '*') return { value: null };
  const revision = /^\s*"(0|[1-9]\d{0,14})"\s*$/.exec(header)?.[1];
  if (revision !== undefined) return { value: Number(revision) };
  return { mistakes: [{ at: 'If-Match', message: 'expected one quoted revision like "5" (as in ETag), or *' }] };
}

/** One weight alone leaves the rest to the other side; which side a version names, the rollout knows. */
function mistakeInSum(entries: readonly [string, number][]): string | null {
  if (entries.length === 0) return 'expected a weight for at least one side, got none';
  if (entries.length > 2) return `expected weights for at most two sides, got ${entries.length}`;
  const share = entries.reduce((sum, [, weight]) => sum + shareOfPercent(weight), 0);
  if (entries.length === 1 || share === FULL_SHARE) return null;
  return `expected weights that sum to 100, got ${entries.map(([, weight]) => weight).join(' + ')} = ${share / 100}`;
}
