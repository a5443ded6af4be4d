import { z } from 'zod';
import { EVENT_TYPES } from '../../model/event.ts';
import { PHASES, PROGRESS, SOURCES } from '../../model/rollout.ts';
import { count, flag, milliseconds, orNull, text, timestamp } from './leaves.ts';
import { DeclarationSchema, PlannedSchema, RegisteredSchema, ReleaseSchema, WeightsSchema } from './release.ts';
import { GuardsSchema, ReasonSchema } from './verdict.ts';

const SlotsSchema = z.strictObject({
  requests: z.string(),
  errors: z.string(),
  timed: z.string(),
  slow: z.string(),
});

const JudgedSchema = z.strictObject({
  guards: GuardsSchema,
  slotMs: milliseconds('Length of a slot.'),
  candidate: SlotsSchema,
  stable: SlotsSchema,
});

const AutomationSchema = z.strictObject({
  state: z.enum(['on', 'off', 'frozen']),
  reason: text("Why it is not on; '' while it is."),
  rollbacksAtMs: z.array(z.number()).meta({ description: 'The rollbacks that the breaker still counts.' }),
});

/** `RolloutEvent`. */
export const EventSchema = z
  .strictObject({
    seq: count('1, 2, 3 … without a gap.'),
    format: count('The form of a journal line.'),
    revision: count('Stays the same where nothing changed but what is known.'),
    at: timestamp('When it happened.'),
    type: z.enum(EVENT_TYPES),
    actor: text('`file`, `guard`, `plan`, `weir`, or the name of the person.'),
    source: z.enum(SOURCES).meta({ description: 'Who wants it so.' }),
    transactionId: text('Shared by all events that one cause led to.'),
    progress: orNull(z.enum(PROGRESS), 'How far a rollback has come; null for every other event.'),
    forced: flag('Whether a person overrode a check.'),
    service: text('The service that Weir stands beside.'),
    phase: z.enum(PHASES),
    stable: ReleaseSchema,
    candidate: orNull(ReleaseSchema, 'Null when there is none.'),
    former: orNull(ReleaseSchema, 'The former stable while a promotion bakes.'),
    weights: z.strictObject({ before: WeightsSchema, after: WeightsSchema }),
    reason: text('Why, for a person.'),
    reasons: z.array(ReasonSchema),
    traceIds: z.array(z.string()),
    evidence: JudgedSchema.optional().meta({
      description: 'What the judge looked at, so that its verdict can be recomputed: rows of slots as `2,3*4,0*233`.',
    }),
    step: orNull(count('From 0.'), 'Step of the plan; null at a weight set by hand.'),
    plan: PlannedSchema,
    pending: flag('Whether a candidate at 0 % waits for its health check or gate.'),
    releases: z.array(RegisteredSchema),
    automation: AutomationSchema,
    declared: DeclarationSchema,
    fleet: z
      .strictObject({
        epoch: z.number().meta({ description: "Grows when the fleet's store has lost its memory and is refilled." }),
        member: text('Who wrote it.'),
        kept: z
          .boolean()
          .optional()
          .meta({ description: 'Not agreed on when it was written, for the store was away.' }),
      })
      .optional()
      .meta({ description: 'Where it was written; absent without a fleet.' }),
    spentTokens: z
      .array(
        z.strictObject({
          id: text('The public part of the token.'),
          expiresAtMs: z.number().meta({ description: 'In milliseconds since 1970.' }),
        }),
      )
      .optional()
      .meta({ description: 'One-time tokens that have been used; absent where there is none.' }),
  })
  .meta({ description: 'One line of the journal, with the whole state it led to.' });
