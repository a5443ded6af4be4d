import { z } from 'zod';
import { NO_REASON } from '../model/command.ts';
import type { Plan } from '../model/plan.ts';
import type { Release } from '../model/release.ts';
import { VERSION, versionMistakeOf } from '../model/release.ts';
import { shareOfPercent } from '../model/split.ts';
import { parseAddress } from '../model/upstream.ts';
import { DURATION, DURATION_FORM, parseDuration } from '../support/units.ts';

/**
 * The leaves of what a client may say. Every mistake in a body is found in one reading, and unknown keys are mistakes,
 * so that nobody believes a plan is running that Weir has dropped.
 */
export interface Mistake {
  /** The key, or '' for the body as a whole. */
  readonly at: string;
  readonly message: string;
}

export type Parsed<T> = { readonly value: T } | { readonly mistakes: readonly Mistake[] };

const MAX_REASON_CHARACTERS = 500;
const MAX_URL_CHARACTERS = 512;
const MAX_PROVENANCE_CHARACTERS = 1024;
const MAX_STEPS = 100;
const MOST_MISTAKES = 20;
const LONGEST_KEY = 200;
const MAX_HOLD_MS = 24 * 86_400_000;

/** Control characters, line separators, lone surrogates, and marks that turn the direction of text: they forge log lines. */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;
/** Keys that change an object's nature where a careless copy meets them. */
export const POLLUTING = ['__proto__', 'constructor', 'prototype'];

const line = (maxCharacters: number) =>
  z
    .string({ error: ({ input }) => expected('a string', input) })
    .trim()
    .max(maxCharacters, { error: `expected at most ${maxCharacters} characters` })
    .refine((text) => !UNPRINTABLE.test(text), { error: 'expected a single line without control characters' });

const provenance = (description: string, example: string) =>
  line(MAX_PROVENANCE_CHARACTERS)
    .min(1, { error: 'expected some text, got none' })
    .meta({ description, examples: [example] })
    .optional();

export const reason = line(MAX_REASON_CHARACTERS)
  .meta({ description: 'Why, for whoever reads the journal. Required with force.', examples: ['p95 looks fine'] })
  .default('')
  .transform((text) => (text === '' ? NO_REASON : text));

export const version = z
  .string({ error: ({ input }) => expected('a string', input) })
  .superRefine((text, context) => {
    const mistake = versionMistakeOf(text);
    if (mistake !== null) context.addIssue({ code: 'custom', message: mistake });
  })
  .meta({
    description: 'A version that means the same release for ever; not "latest", "stable", "candidate" or "reason".',
    pattern: VERSION.source,
    examples: ['v1.3.0'],
  });

const url = line(MAX_URL_CHARACTERS)
  .superRefine((text, context) => {
    const result = parseAddress(text);
    if ('mistake' in result) context.addIssue({ code: 'custom', message: result.mistake });
  })
  .meta({
    description: 'Where the release listens: http://, https:// or unix:, without path, query or user.',
    examples: ['http://127.0.0.1:3001'],
  });

export const percent = z
  .number({ error: ({ input }) => expected('a number of percent', input) })
  .refine((weight) => weight >= 0 && weight <= 100, {
    error: ({ input }) => expected('a weight between 0 and 100 %', input),
  })
  .refine((weight) => Number(weight.toFixed(2)) === weight, {
    error: ({ input }) => expected('at most two decimals (hundredths of a percent)', input),
  })
  .meta({ description: 'Percent of requests, in steps of 0.01.', minimum: 0, maximum: 100, examples: [5] });

const holdMs = z
  .string({ error: ({ input }) => expected('a duration like 2m', input) })
  .meta({ description: 'How long to stay, above 0 and up to 24d.', pattern: DURATION.source, examples: ['2m'] })
  .transform((text, context) => {
    const parsed = parseDuration(text);
    if ('value' in parsed && parsed.value > 0 && parsed.value <= MAX_HOLD_MS) return parsed.value;
    context.addIssue({ code: 'custom', message: `expected ${DURATION_FORM}, of at most 24d` });
    return z.NEVER;
  });

const gateUrl = line(MAX_URL_CHARACTERS)
  .regex(/^https?:\/\/[^\s/]\S*$/, { error: 'expected a URL like https://gates.example/weir' })
  .meta({
    description: 'Asked before the step is taken; must answer 200.',
    examples: ['https://gates.example/weir'],
  });

/** Steps that rise: weights in percent, holds as durations. */
export const plan = z
  .array(z.strictObject({ weight: percent, hold: holdMs, gate: z.strictObject({ url: gateUrl }).optional() }), {
    error: ({ input }) => expected('a list of steps', input),
  })
  .min(1, { error: 'expected at least one step' })
  .max(MAX_STEPS, { error: `expected at most ${MAX_STEPS} steps` })
  .meta({ description: 'Steps in the order in which they are taken; weights rise.' })
  .superRefine((steps, context) => {
    for (const [position, { weight }] of steps.entries()) {
      const before = steps[position - 1]?.weight ?? 0;
      if (weight > before) continue;
      context.addIssue({ code: 'custom', path: [position, 'weight'], message: `expected a weight above ${before} %` });
    }
  })
  .transform((steps): Plan =>
    steps.map(({ weight, hold, gate }) => ({ share: shareOfPercent(weight), holdMs: hold, gate: gate?.url ?? null })),
  );

/** The keys that describe a release. */
export const releaseKeys = {
  version,
  url,
  image: provenance('The image it runs from.', 'registry.example/checkout:v1.3.0'),
  commit: provenance('The git commit it was built from.', '4f2a9c1'),
  configHash: provenance('A hash of its configuration.', 'sha256:9b0c…'),
};

export function releaseOf({
  version,
  url,
  image,
  commit,
  configHash,
}: z.output<z.ZodObject<typeof releaseKeys>>): Release {
  return {
    version,
    url,
    ...(image !== undefined && { image }),
    ...(commit !== undefined && { commit }),
    ...(configHash !== undefined && { configHash }),
  };
}

export function parse<T>(schema: z.ZodType<T>, body: unknown, forbiddenKeys: readonly string[] = []): Parsed<T> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    return { mistakes: [{ at: '', message: expected('a JSON object', body) }] };
  }
  const forbidden = forbiddenKeys.filter((key) => Object.hasOwn(body, key)).map(unknownKey);
  const result = schema.safeParse(body);
  if (result.success) return forbidden.length === 0 ? { value: result.data } : { mistakes: forbidden };
  const known = new Set(forbidden.map(({ at }) => at));
  const others = result.error.issues.flatMap(mistakesOf).filter(({ at }) => !known.has(at));
  return { mistakes: bearable([...forbidden, ...others]) };
}

/** A body of a thousand mistakes is no less wrong for twenty of them. */
function bearable(mistakes: readonly Mistake[]): readonly Mistake[] {
  const told = mistakes.slice(0, MOST_MISTAKES).map(({ at, message }) => ({ at: shortened(at), message }));
  const left = mistakes.length - told.length;
  return left === 0 ? told : [...told, { at: '', message: `and ${left} mistakes more` }];
}

const shortened = (key: string): string => (key.length > LONGEST_KEY ? `${key.slice(0, LONGEST_KEY)}…` : key);

function mistakesOf(issue: z.core.$ZodIssue): Mistake[] {
  if (issue.code === 'unrecognized_keys') return issue.keys.map(unknownKey);
  return [{ at: issue.path.join('.'), message: issue.message }];
}

const unknownKey = (key: string): Mistake => ({ at: key, message: 'unknown key' });

export function expected(what: string, input: unknown): string {
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
