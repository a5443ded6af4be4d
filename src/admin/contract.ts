import { z } from 'zod';
import type { Command } from '../model/command.ts';
import { NO_REASON } from '../model/command.ts';
import type { OneTimeToken } from '../model/identity.ts';
import { FULL_SHARE, shareOfPercent } from '../model/split.ts';
import type { Mistake, Parsed } from './fields.ts';
import { expected, parse, percent, plan, POLLUTING, reason, releaseKeys, releaseOf, version } from './fields.ts';

/** What a client may say, and how it becomes a command. */
export type { Mistake, Parsed };

/** Who asks, and of which revision. */
export interface Asker {
  readonly actor: string;
  readonly expectedRevision?: number;
  /** What it costs. */
  readonly spends?: OneTimeToken;
}

/** Who overrides a check must say why: it stays in the journal. */
const force = z.boolean({ error: 'expected true or false' }).default(false).meta({
  description:
    'Overrides health checks, probes, gates, the breaker and what a release was taken out for, where rollout.allowForce is on.',
});

const local = z
  .boolean({ error: 'expected true or false' })
  .default(false)
  .meta({ description: 'Of this sidecar alone, whatever its fleet does; only to take the candidate out here.' });

function forced({ force, reason }: { readonly force: boolean; readonly reason: string }): readonly Mistake[] {
  return force && reason === NO_REASON
    ? [{ at: 'reason', message: 'expected a reason, because force overrides checks, got none' }]
    : [];
}

/** What every change may say. */
const common = { reason, force };

/** The asker, with what every change may say. */
interface Told extends Asker {
  readonly reason: string;
  readonly force?: true;
}

/** Reads a body as a command; the schema that judges it comes along, so that it can be documented. */
export interface CommandParser {
  (body: unknown, asker: Asker): Parsed<Command>;
  readonly schema: z.ZodType;
}

function parserOf<T extends { readonly force: boolean; readonly reason: string }>(
  schema: z.ZodType<T>,
  commandOf: (body: T, told: Told) => Command,
  isChecked: (body: T) => boolean = () => true,
): CommandParser {
  function parseCommand(body: unknown, asker: Asker): Parsed<Command> {
    const parsed = parse(schema, body);
    if ('mistakes' in parsed) return parsed;
    const { reason } = parsed.value;
    // Where nothing is checked there is nothing to override: an emergency is not refused for a word too many.
    const force = parsed.value.force && isChecked(parsed.value);
    const mistakes = forced({ force, reason });
    if (mistakes.length > 0) return { mistakes };
    return { value: commandOf(parsed.value, { ...asker, reason, ...(force && { force }) }) };
  }
  return Object.assign(parseCommand, { schema });
}

const weightsBody = z.object({ ...common, local }).catchall(percent);

/** `PUT /v1/weights`: one or two weights in percent, by side or by version, and perhaps a reason. */
export const parseWeights: CommandParser = Object.assign(readWeights, { schema: weightsBody });

function readWeights(body: unknown, asker: Asker): Parsed<Command> {
  const parsed = parse(weightsBody, body, POLLUTING);
  if ('mistakes' in parsed) return parsed;
  const { reason, force, local: isLocal, ...weights } = parsed.value;
  const entries = Object.entries(weights).map(([name, weight]): [string, number] => [name, weight + 0]);
  const mistake = mistakeInSum(entries);
  if (mistake !== null) return { mistakes: [{ at: '', message: mistake }] };
  const mistakes = forced({ force, reason });
  if (mistakes.length > 0) return { mistakes };
  return {
    value: {
      kind: 'set-weights',
      ...asker,
      reason,
      ...(force && { force }),
      ...(isLocal && { local: true }),
      weights: Object.fromEntries(entries),
    },
  };
}

/** `POST /v1/rollback`: perhaps where to, and a reason. */
export const parseRollback = parserOf(
  z.strictObject({ to: version.optional(), local, ...common }).refine((body) => !body.local || body.to === undefined, {
    path: ['local'],
    error: 'expected no local beside to, because one sidecar alone can only go back to stable',
  }),
  (body, told) => ({
    kind: 'roll-back',
    ...told,
    ...(body.to !== undefined && { to: body.to }),
    ...(body.local && { local: true }),
  }),
  ({ to }) => to !== undefined,
);

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

const enabled = z
  .boolean({ error: 'expected true or false' })
  .meta({ description: 'Whether Weir may start, advance and promote by itself; true lifts the breaker too.' });

/** `POST /v1/automation`: on or off; on lifts the breaker. */
export const parseAutomation = parserOf(z.strictObject({ enabled, ...common }), (body, told) => {
  return { kind: 'set-automation', ...told, enabled: body.enabled };
});

export const historyQuery = z.strictObject({
  limit: z
    .string({ error: 'expected one whole number between 1 and 1000' })
    .regex(/^(?:[1-9]\d{0,2}|1000)$/, { error: 'expected a whole number between 1 and 1000' })
    .meta({ description: 'How many events, 1 to 1000.', examples: ['20'] })
    .default('100')
    .transform(Number),
});

/** The query of `GET /v1/history`: how many events, 100 unless told. */
export function parseHistoryQuery(query: unknown): Parsed<{ readonly limit: number }> {
  return parse(historyQuery, query);
}

export const eventsQuery = z.strictObject({
  only: z
    .literal('rollout', { error: 'expected rollout' })
    .meta({ description: 'The journal alone, without status and samples.' })
    .optional(),
});

/** The query of `GET /v1/events`. */
export function parseEventsQuery(query: unknown): Parsed<z.output<typeof eventsQuery>> {
  return parse(eventsQuery, query);
}

/** A revision as it stands in ETag and If-Match. */
export const REVISION_TAG = /^\s*"(0|[1-9]\d{0,14})"\s*$/;

/** The revision in an `If-Match`; null when any will do. */
export function parseIfMatch(header: string | undefined): Parsed<number | null> {
  if (header === undefined || header.trim() === '*') return { value: null };
  const revision = REVISION_TAG.exec(header)?.[1];
  if (revision !== undefined) return { value: Number(revision) };
  return {
    mistakes: [{ at: 'If-Match', message: expected('one quoted revision like "5" (as in ETag), or *', header) }],
  };
}

/** One weight alone leaves the rest to the other side; which side a version names, the rollout knows. */
function mistakeInSum(entries: readonly [string, number][]): string | null {
  if (entries.length === 0) return 'expected a weight for at least one side, got none';
  if (entries.length > 2) return `expected weights for at most two sides, got ${entries.length}`;
  const share = entries.reduce((sum, [, weight]) => sum + shareOfPercent(weight), 0);
  if (entries.length === 1 || share === FULL_SHARE) return null;
  return `expected weights that sum to 100, got ${entries.map(([, weight]) => weight).join(' + ')} = ${share / 100}`;
}
