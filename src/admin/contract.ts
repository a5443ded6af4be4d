import { z } from 'zod';
import type { Command } from '../model/command.ts';
import type { Release } from '../model/release.ts';
import { versionMistakeOf } from '../model/release.ts';
import { FULL_SHARE, shareOfPercent } from '../model/split.ts';
import { parseAddress } from '../model/upstream.ts';

/**
 * What a client may say, and how it becomes a command. Every mistake in a body is found in one reading,
 * unknown keys are mistakes, and what a later version will understand is refused by name, so that nobody
 * believes a plan is running that Weir has dropped.
 */
export interface Mistake {
  /** The key, or '' for the body as a whole. */
  readonly at: string;
  readonly message: string;
}

export type Parsed<T> = { readonly value: T } | { readonly mistakes: readonly Mistake[] };

/** Who asks, and of which revision. */
export interface Asker {
  readonly actor: string;
  readonly expectedRevision?: number;
}

const MAX_REASON_CHARACTERS = 500;
const MAX_URL_CHARACTERS = 512;
const MAX_PROVENANCE_CHARACTERS = 1024;
const NO_REASON = 'no reason given';
const NOT_YET = 'not available in this version';

/** Control characters, line separators, lone surrogates, and marks that turn the direction of text: they forge log lines. */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;
/** Keys that change an object's nature where a careless copy meets them. */
const POLLUTING = ['__proto__', 'constructor', 'prototype'];

const line = (maxCharacters: number) =>
  z
    .string({ error: ({ input }) => expected('a string', input) })
    .trim()
    .max(maxCharacters, { error: `expected at most ${maxCharacters} characters` })
    .refine((text) => !UNPRINTABLE.test(text), { error: 'expected a single line without control characters' });

const provenance = line(MAX_PROVENANCE_CHARACTERS).min(1, { error: 'expected some text, got none' }).optional();

const reason = line(MAX_REASON_CHARACTERS)
  .default('')
  .transform((text) => (text === '' ? NO_REASON : text));

const version = z.string({ error: ({ input }) => expected('a string', input) }).superRefine((text, context) => {
  const mistake = versionMistakeOf(text);
  if (mistake !== null) context.addIssue({ code: 'custom', message: mistake });
});

const url = line(MAX_URL_CHARACTERS).superRefine((text, context) => {
  const result = parseAddress(text);
  if ('mistake' in result) context.addIssue({ code: 'custom', message: result.mistake });
});

const notYet = z.never({ error: NOT_YET }).optional();

const rollbackBody = z.strictObject({ reason, to: notYet });
const rolloutBody = z.strictObject({
  version,
  url,
  image: provenance,
  commit: provenance,
  configHash: provenance,
  plan: notYet,
  reason,
});

const percent = z
  .number({ error: ({ input }) => expected('a number of percent', input) })
  .refine((weight) => weight >= 0 && weight <= 100, {
    error: ({ input }) => expected('a weight between 0 and 100 %', input),
  })
  .refine((weight) => Number(weight.toFixed(2)) === weight, {
    error: ({ input }) => expected('at most two decimals (hundredths of a percent)', input),
  });
const weightsBody = z.object({ reason }).catchall(percent);

/** `PUT /v1/weights`: one or two weights in percent, by side or by version, and perhaps a reason. */
export function parseWeights(body: unknown, asker: Asker): Parsed<Command> {
  const parsed = parse(weightsBody, body, POLLUTING);
  if ('mistakes' in parsed) return parsed;
  const { reason, ...weights } = parsed.value;
  const entries = Object.entries(weights).map(([name, weight]): [string, number] => [name, weight + 0]);
  const mistake = mistakeInSum(entries);
  if (mistake !== null) return { mistakes: [{ at: '', message: mistake }] };
  return { value: { kind: 'set-weights', ...asker, reason, weights: Object.fromEntries(entries) } };
}

/** `POST /v1/rollback`: perhaps a reason. */
export function parseRollback(body: unknown, asker: Asker): Parsed<Command> {
  const parsed = parse(rollbackBody, body);
  if ('mistakes' in parsed) return parsed;
  return { value: { kind: 'roll-back', ...asker, reason: parsed.value.reason } };
}

/** `POST /v1/rollout`: the candidate's version and URL, and perhaps where it came from. */
export function parseRollout(body: unknown, asker: Asker): Parsed<Command> {
  const parsed = parse(rolloutBody, body);
  if ('mistakes' in parsed) return parsed;
  const { version, url, image, commit, configHash, reason } = parsed.value;
  const candidate: Release = {
    version,
    url,
    ...(image !== undefined && { image }),
    ...(commit !== undefined && { commit }),
    ...(configHash !== undefined && { configHash }),
  };
  return { value: { kind: 'start', ...asker, reason, candidate } };
}

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

function parse<T>(schema: z.ZodType<T>, body: unknown, forbiddenKeys: readonly string[] = []): Parsed<T> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    return { mistakes: [{ at: '', message: expected('a JSON object', body) }] };
  }
  const forbidden = forbiddenKeys.filter((key) => Object.hasOwn(body, key)).map(unknownKey);
  const result = schema.safeParse(body);
  if (result.success) return forbidden.length === 0 ? { value: result.data } : { mistakes: forbidden };
  const known = new Set(forbidden.map(({ at }) => at));
  const others = result.error.issues.flatMap(mistakesOf).filter(({ at }) => !known.has(at));
  return { mistakes: [...forbidden, ...others] };
}

function mistakesOf(issue: z.core.$ZodIssue): Mistake[] {
  if (issue.code === 'unrecognized_keys') return issue.keys.map(unknownKey);
  return [{ at: issue.path.join('.'), message: issue.message }];
}

const unknownKey = (key: string): Mistake => ({ at: key, message: 'unknown key' });

/** One weight alone leaves the rest to the other side; which side a version names, the rollout knows. */
function mistakeInSum(entries: readonly [string, number][]): string | null {
  if (entries.length === 0) return 'expected a weight for at least one side, got none';
  if (entries.length > 2) return `expected weights for at most two sides, got ${entries.length}`;
  const share = entries.reduce((sum, [, weight]) => sum + shareOfPercent(weight), 0);
  if (entries.length === 1 || share === FULL_SHARE) return null;
  return `expected weights that sum to 100, got ${entries.map(([, weight]) => weight).join(' + ')} = ${share / 100}`;
}

function expected(what: string, input: unknown): string {
  return `expected ${what}, got ${nameOf(input)}`;
}

/** A number as it is, anything else by its kind: a text may be long, and may be a secret in the wrong place. */
function nameOf(input: unknown): string {
  if (input === undefined) return 'nothing';
  if (input === null) return 'null';
  if (typeof input === 'number' || typeof input === 'boolean') return String(input);
  if (Array.isArray(input)) return 'an array';
  return typeof input === 'object' ? 'an object' : `a ${typeof input}`;
}
