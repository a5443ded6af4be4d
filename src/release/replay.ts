import { z } from 'zod';
import type { RolloutEvent } from '../model/event.ts';
import { EVENT_FORMAT, EVENT_TYPES } from '../model/event.ts';
import { RELEASE_STATUSES } from '../model/release.ts';
import { PHASES, PROGRESS, SOURCES } from '../model/rollout.ts';
import { parseAddress } from '../model/upstream.ts';

/** The shape of a journal line. Unknown fields are let through, so that an older Weir can read a newer one's additions. */
const url = z.string().refine((text) => 'address' in parseAddress(text), 'must be the address of an upstream');
const release = z.looseObject({
  version: z.string().min(1),
  url,
  ca: z.string().optional(),
  serverName: z.string().optional(),
});
const percent = z.number().min(0).max(100);
const weights = z
  .object({ stable: percent, candidate: percent })
  .refine((sides) => Math.round((sides.stable + sides.candidate) * 100) === 10_000, 'weights must sum to 100');
/** A time that a clock can show. */
const instantMs = z.number().min(0).max(8_640_000_000_000_000);
const reason = z.looseObject({ measure: z.string(), relation: z.string(), samples: z.number(), text: z.string() });
const ratio = z.number().min(0).max(1);
const row = z.string().regex(/^\d{1,10}(?:\*\d{1,5})?(?:,\d{1,10}(?:\*\d{1,5})?)*$/, 'not a row of slots');
const rows = z.looseObject({ requests: row, errors: row, timed: row, slow: row });
const evidence = z.looseObject({
  guards: z.looseObject({
    windowMs: z.number().positive(),
    errorsRatio: ratio.nullable(),
    p95Ms: z.number().positive().nullable(),
    rule: z.enum(['evidence', 'plain']),
    minRequests: z.number().positive(),
    falseRollbackMs: z.number().positive(),
    worseThanStable: z.number().positive().nullable(),
  }),
  slotMs: z.number().positive(),
  candidate: rows,
  stable: rows,
});
const share = z.int().min(0).max(10_000);
const plan = z.array(z.looseObject({ share, holdMs: z.number().positive(), gate: z.string().nullable() }));
const declaration = z.looseObject({ stable: release, candidate: release.nullable(), share, plan: plan.default([]) });
const registered = z.looseObject({
  release,
  status: z.enum(RELEASE_STATUSES),
  atMs: instantMs,
  reason: z.string().optional(),
});
const automation = z.looseObject({
  state: z.enum(['on', 'off', 'frozen']),
  reason: z.string(),
  rollbacksAtMs: z.array(instantMs),
});
const spentToken = z.looseObject({ id: z.string(), expiresAtMs: instantMs });
const line = z
  .looseObject({
    seq: z.int().positive(),
    format: z.int().positive().max(EVENT_FORMAT, `written by a later version, this one reads up to ${EVENT_FORMAT}`),
    revision: z.int().min(0),
    at: z.iso.datetime(),
    type: z.enum(EVENT_TYPES),
    actor: z.string(),
    source: z.enum(SOURCES),
    transactionId: z.string(),
    progress: z.enum(PROGRESS).nullable(),
    forced: z.boolean(),
    phase: z.enum(PHASES),
    stable: release,
    candidate: release.nullable(),
    former: release.nullable(),
    weights: z.object({ before: weights, after: weights }),
    reason: z.string(),
    reasons: z.array(reason),
    traceIds: z.array(z.string()),
    step: z.int().min(0).nullable(),
    plan,
    pending: z.boolean(),
    releases: z.array(registered),
    automation,
    // No state rests on it, so a form of it that is not understood costs nothing but the explanation.
    evidence: evidence.optional().catch(undefined),
    declared: declaration,
    fleet: z.looseObject({ epoch: z.int().min(0), member: z.string(), kept: z.boolean().optional() }).optional(),
    // Journals from before there were one-time tokens have none.
    spentTokens: z.array(spentToken).optional(),
  })
  .refine(({ phase, candidate, former, weights: { after } }) => {
    if (phase === 'promoted') return after.candidate === 100 && candidate === null && former !== null;
    if (phase === 'shifting' || phase === 'paused') return after.candidate > 0 && candidate !== null;
    return after.candidate === 0;
  }, 'the weights do not belong to the phase')
  .refine(({ step, plan: steps }) => step === null || step < steps.length, 'its plan has no such step')
  .refine(
    ({ stable, candidate, former }) => candidate?.version !== stable.version && former?.version !== stable.version,
    'both sides are the same release',
  );

export interface Replayed {
  readonly events: readonly RolloutEvent[];
  /** Bytes up to the end of the last whole line. */
  readonly wholeBytes: number;
  /** Why the journal cannot be believed; null when it can. */
  readonly mistake: string | null;
}

/** How every line begins, because `seq` is written first. */
const LINE_BEGINNING = '{"seq":';

/**
 * Reads a journal's bytes. A last line without its end was being written when the program stopped: it
 * is left out and may be cut, unless it is all there is and does not even begin like a line. Anything
 * else that is not an event in sequence makes the whole journal unbelievable, because a guess about who
 * gets traffic is worse than none.
 */
export function readEvents(bytes: Buffer): Replayed {
  const wholeBytes = bytes.lastIndexOf(0x0a) + 1;
  const events: RolloutEvent[] = [];
  const lines = bytes.toString('utf8', 0, wholeBytes).split('\n').slice(0, -1);
  for (const [index, text] of lines.entries()) {
    const mistake = append(events, text);
    if (mistake !== null) return { events: [], wholeBytes, mistake: `line ${index + 1}: ${mistake}` };
  }
  const isForeign = wholeBytes === 0 && !couldBeginLine(bytes);
  return { events, wholeBytes, mistake: isForeign ? 'line 1: neither an event nor the beginning of one' : null };
}

function couldBeginLine(bytes: Buffer): boolean {
  const beginning = bytes.toString('latin1', 0, LINE_BEGINNING.length);
  return LINE_BEGINNING.startsWith(beginning);
}

function append(events: RolloutEvent[], text: string): string | null {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return 'not JSON';
  }
  const read = readEvent(json);
  if ('mistake' in read) return `not an event: ${read.mistake}`;
  const mistake = sequenceMistakeOf(events, read.event);
  if (mistake === null) events.push(read.event);
  return mistake;
}

/** One event, wherever it was written down. */
export function readEvent(json: unknown): { readonly event: RolloutEvent } | { readonly mistake: string } {
  const parsed = line.safeParse(json);
  if (parsed.success) return { event: parsed.data as unknown as RolloutEvent };
  const [issue] = parsed.error.issues;
  return { mistake: `${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}` };
}

/** Alone, events follow each other without a gap; a fleet's may jump, but never behind what was agreed on. */
function sequenceMistakeOf(events: readonly RolloutEvent[], event: RolloutEvent): string | null {
  const previous = events.at(-1);
  if (previous === undefined) return null;
  if (event.fleet === undefined) {
    return event.seq === previous.seq + 1 ? null : `expected seq ${previous.seq + 1}, got ${event.seq}`;
  }
  const agreed = events.findLast(({ fleet }) => fleet?.kept !== true);
  const epoch = agreed?.fleet?.epoch ?? 0;
  const isBehind = event.fleet.epoch < epoch || (event.fleet.epoch === epoch && event.seq < (agreed?.seq ?? 0));
  return isBehind
    ? `expected seq ${agreed?.seq} of epoch ${epoch} or later, got ${event.seq} of ${event.fleet.epoch}`
    : null;
}
