import { z } from 'zod';
import { NO_REASON } from '../model/command.ts';
import type { Plan } from '../model/plan.ts';
import { GATE, GATE_FORM, gateMistakeOf } from '../model/plan.ts';
import type { Release } from '../model/release.ts';
import { VERSION, VERSION_FORM, versionMistakeOf } from '../model/release.ts';
import { shareOfPercent } from '../model/split.ts';
import { parseAddress } from '../model/upstream.ts';
import { formatPath, valueAt } from '../support/path.ts';
import type { Problem } from '../support/problem.ts';
import { complaint } from '../support/problem.ts';
import { shown, withoutCredentials } from '../support/quote.ts';
import { DURATION, DURATION_FORM, parseDuration } from '../support/units.ts';
import { problemsOf } from '../support/zod-issues.ts';

/**
 * The leaves of what a client may say. Every mistake in a body is found in one reading, and unknown keys are mistakes,
 * so that nobody believes a plan is running that Weir has dropped. A leaf says what it accepts; where that is missing,
 * and what came instead, is added in one place, in the words of the configuration's mistakes.
 */
export interface Mistake {
  /** The path of the key, `plan[0].hold`, or '' for the body as a whole. */
  readonly at: string;
  /** What was expected, and what came. */
  readonly message: string;
}

export type Parsed<T> = { readonly value: T } | { readonly mistakes: readonly Mistake[] };

const MAX_REASON_CHARACTERS = 500;
const MAX_URL_CHARACTERS = 512;
const MAX_PROVENANCE_CHARACTERS = 1024;
const MAX_STEPS = 100;
const MOST_MISTAKES = 20;
const MAX_HOLD_MS = 24 * 86_400_000;

/** Control characters, line separators, lone surrogates, and marks that turn the direction of text: they forge log lines. */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\p{Bidi_Control}]/u;
/** Keys that change an object's nature where a careless copy meets them. */
export const POLLUTING = ['__proto__', 'constructor', 'prototype'];

const line = (maxCharacters: number, form = 'a text') =>
  z
    .string({ error: `expected ${form}` })
    .trim()
    .max(maxCharacters, {
      error: ({ input }) => `expected at most ${maxCharacters} characters, got ${lengthOf(input)}`,
    })
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
  .string({ error: `expected ${VERSION_FORM}` })
  .superRefine((text, context) => {
    const mistake = versionMistakeOf(text);
    if (mistake !== null) context.addIssue({ code: 'custom', message: mistake });
  })
  .meta({
    description: 'A version that means the same release for ever; not "latest", "stable", "candidate" or "reason".',
    pattern: VERSION.source,
    examples: ['v1.3.0'],
  });

const url = line(MAX_URL_CHARACTERS, 'a URL like http://127.0.0.1:3000')
  .superRefine((text, context) => {
    const result = parseAddress(text);
    if ('address' in result) return;
    // It says itself what came.
    context.addIssue({ code: 'custom', message: result.mistake, params: { isComplete: true } });
  })
  .meta({
    description: 'Where the release listens: http://, https:// or unix:, without path, query or user.',
    examples: ['http://127.0.0.1:3001'],
  });

export const percent = z
  .number({ error: 'expected a number of percent' })
  .refine((weight) => weight >= 0 && weight <= 100, { error: 'expected a weight between 0 and 100 %' })
  .refine((weight) => Number(weight.toFixed(2)) === weight, {
    error: 'expected at most two decimals (hundredths of a percent)',
  })
  .meta({ description: 'Percent of requests, in steps of 0.01.', minimum: 0, maximum: 100, examples: [5] });

const HOLD_FORM = `${DURATION_FORM}, between 1ms and 24d`;

const holdMs = z
  .string({ error: `expected ${HOLD_FORM}` })
  .meta({ description: 'How long to stay, above 0 and up to 24d.', pattern: DURATION.source, examples: ['2m'] })
  .transform((text, context) => {
    const parsed = parseDuration(text);
    if ('value' in parsed && parsed.value > 0 && parsed.value <= MAX_HOLD_MS) return parsed.value;
    context.addIssue({ code: 'custom', message: `expected ${HOLD_FORM}` });
    return z.NEVER;
  });

const gateUrl = line(MAX_URL_CHARACTERS, GATE_FORM)
  .superRefine((text, context) => {
    const message = gateMistakeOf(text);
    if (message !== null) context.addIssue({ code: 'custom', message });
  })
  .meta({
    description: 'Asked before the step is taken; must answer 200.',
    pattern: GATE.source,
    examples: ['https://gates.example/weir'],
  });

/** Steps that rise: weights in percent, holds as durations. */
export const plan = z
  .array(z.strictObject({ weight: percent, hold: holdMs, gate: z.strictObject({ url: gateUrl }).optional() }))
  .min(1, { error: 'expected at least one step, got none' })
  .max(MAX_STEPS, { error: ({ input }) => `expected at most ${MAX_STEPS} steps, got ${lengthOf(input)}` })
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

/** @param forbidden keys that are no name of anything, where any other name would be one. */
export function parse<T>(schema: z.ZodType<T>, body: unknown, forbidden: readonly string[] = []): Parsed<T> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    return { mistakes: [{ at: '', message: expected('a JSON object', body) }] };
  }
  const found = forbidden.filter((key) => Object.hasOwn(body, key));
  const result = schema.safeParse(body);
  if (result.success && found.length === 0) return { value: result.data };
  const unknown = found.map((key) => complaint([key], 'unknown key, expected stable, candidate or a version'));
  const problems = result.success ? [] : result.error.issues.flatMap((issue) => problemsOf(issue, schema));
  const others = problems.filter(({ path }) => !found.includes(String(path[0])));
  return { mistakes: bearable([...unknown, ...others], body) };
}

/** A body of a thousand mistakes is no less wrong for twenty of them. */
function bearable(problems: readonly Problem[], body: unknown): readonly Mistake[] {
  const told = problems.slice(0, MOST_MISTAKES).map((problem) => mistakeOf(problem, body));
  const left = problems.length - told.length;
  return left === 0 ? told : [...told, { at: '', message: `and ${left} mistakes more` }];
}

function mistakeOf({ path, message, quoteValue }: Problem, body: unknown): Mistake {
  const whole = quoteValue ? `${message}, got ${shown(valueAt(body, path))}` : message;
  return { at: formatPath(path), message: withoutCredentials(whole) };
}

/** A mistake outside of a body's keys: what came instead is said at once. */
export const expected = (what: string, came: unknown): string => `expected ${what}, got ${shown(came)}`;

const lengthOf = (came: unknown): number => (typeof came === 'string' || Array.isArray(came) ? came.length : 0);
