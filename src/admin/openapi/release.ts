import { z } from 'zod';
import { ADVANCES, PROMOTIONS } from '../../model/plan.ts';
import { RELEASE_STATUSES } from '../../model/release.ts';
import { count, milliseconds, orNull, percent, text } from './leaves.ts';

export const ReleaseSchema = z
  .strictObject({
    version: text('Means the same release for ever.').meta({ examples: ['v1.3.0'] }),
    url: text('Where it listens.').meta({ examples: ['http://127.0.0.1:3001'] }),
    image: text('The image it runs from.').optional(),
    commit: text('The git commit it was built from.').optional(),
    configHash: text('A hash of its configuration.').optional(),
    ca: text("A file of PEM certificates to trust instead of the system's.").optional(),
    serverName: text("The name that its certificate must bear instead of the URL's host.").optional(),
  })
  .meta({ description: 'A version of the service with its address and where it came from. Immutable.' });

export const WeightsSchema = z
  .strictObject({ stable: percent("Stable's share."), candidate: percent("The candidate's share.") })
  .meta({ description: 'Percent of requests; they sum to 100.' });

/** A step as status shows it. */
export const StepSchema = z
  .strictObject({
    weight: percent("The candidate's weight."),
    holdMs: milliseconds('How long to stay.'),
    gate: text('Asked before the step is taken; must answer 200.').optional(),
  })
  .meta({ description: 'One step of a plan.' });

export const PlanSchema = z.strictObject({
  steps: z.array(StepSchema),
  step: orNull(count('Position, from 0.'), 'The present step, from 0; null at a weight set by hand or without a plan.'),
  advance: z.enum(ADVANCES).meta({ description: 'What lets the plan take its next step.' }),
  promote: z.enum(PROMOTIONS).meta({ description: 'What makes the candidate stable after the last hold.' }),
  heldMs: milliseconds('On the present step, or baking; 0 elsewhere.'),
  waitingFor: text("What it waits for, for a person; '' for nothing."),
});

const share = z.int().min(0).max(10_000).meta({ description: 'Hundredths of a percent of requests.' });

/** A plan as the journal holds it. */
export const PlannedSchema = z.array(
  z.strictObject({ share, holdMs: milliseconds('How long to stay.'), gate: orNull(z.string(), 'Null for none.') }),
);

export const RegisteredSchema = z.strictObject({
  release: ReleaseSchema,
  status: z.enum(RELEASE_STATUSES),
  atMs: z.number().meta({ description: 'When it got this status, in milliseconds since 1970.' }),
  reason: text('What a rolled-back one was taken out for.').optional(),
});

/** What the configuration file says, as the journal holds it. */
export const DeclarationSchema = z.strictObject({
  stable: ReleaseSchema,
  candidate: orNull(ReleaseSchema, 'Null where the file names none.'),
  share,
  plan: PlannedSchema,
});
