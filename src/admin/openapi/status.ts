import { z } from 'zod';
import { PHASES, PROGRESS, SOURCES } from '../../model/rollout.ts';
import { bySide, count, flag, milliseconds, orNull, percent, text, timestamp } from './leaves.ts';
import { PlanSchema, ReleaseSchema, StepSchema, WeightsSchema } from './release.ts';
import { GuardsSchema, ProbeSchema, ProspectSchema, VerdictSchema, WindowSchema } from './verdict.ts';

const ConfigurationSchema = z.strictObject({
  successful: flag('Whether the last reading went well.'),
  since: timestamp('Of the last reading that went well.'),
  triedAt: timestamp('Of the last reading.'),
  mistakes: z.array(z.string()).meta({ description: 'What was wrong with it.' }),
});

const DeclaredSchema = z.strictObject({
  stable: ReleaseSchema,
  candidate: orNull(ReleaseSchema, 'Null where the file names none.'),
  weight: percent('Where a candidate starts when there is no plan.'),
  plan: z.array(StepSchema),
});

const DocumentVersionSchema = z.strictObject({
  epoch: count("Grows when the fleet's store has lost its memory and is refilled."),
  seq: count('Of the last event that was agreed on.'),
});

const FleetSchema = z.strictObject({
  member: text('The name of this sidecar among them.'),
  connected: flag('Whether the store answers.'),
  since: timestamp('Since when it does, or does not.'),
  syncAgeMs: orNull(milliseconds("Since the store's last answer."), 'Null before the first.'),
  version: DocumentVersionSchema.meta({ description: 'What is followed here.' }),
  storeVersion: DocumentVersionSchema.meta({ description: 'What stood in the store at its last answer.' }),
  pending: count('Events that wait for the store.'),
  leads: flag('Whether this member reads and judges the window of all.'),
  window: orNull(bySide(WindowSchema), 'Of all members together; null where it is not read.'),
  obstacle: orNull(text('Why nothing may rise.'), 'Null when it may.'),
  withdrawnHere: orNull(text('Why this member alone has gone back to stable.'), 'Null when it has not.'),
  warning: orNull(text('Why the limits cannot be kept in time at this size.'), 'Null when they can.'),
  size: count('How many are present.'),
  withdrawn: count('How many of them have gone back to stable by themselves.'),
  members: z
    .array(
      z.strictObject({
        member: text('Its name.'),
        version: DocumentVersionSchema.meta({ description: 'What it follows.' }),
        ageMs: milliseconds('Since the store last heard of it.'),
        withdrawn: flag('Whether it has gone back to stable by itself.'),
      }),
    )
    .meta({ description: 'At most fifty, as they were a few seconds ago: those first that stand apart.' }),
});

/** `StatusView`. */
export const StatusSchema = z.strictObject({
  service: text('The service that Weir stands beside.'),
  phase: z.enum(PHASES).meta({ description: 'Where the rollout stands.' }),
  revision: count('What If-Match is compared with.'),
  since: timestamp('When the phase was entered.'),
  reason: text('Why the last change happened.'),
  source: z.enum(SOURCES).meta({ description: 'Who wants it so.' }),
  stable: ReleaseSchema,
  candidate: orNull(ReleaseSchema, 'Null when there is none.'),
  former: ReleaseSchema.meta({ description: 'The way back while a promotion bakes; else absent.' }).optional(),
  weights: WeightsSchema.meta({ description: 'In force now.' }),
  rolloutWeights: WeightsSchema.meta({
    description: 'Asked for but not in force, because not yet on disk; absent when the two are the same.',
  }).optional(),
  verdict: VerdictSchema,
  waitingFor: orNull(ProspectSchema, 'What an inconclusive verdict waits for; null when there is none.'),
  traceIds: z.array(z.string()).meta({ description: 'Of requests that caused the rollback.' }),
  rollback: z
    .strictObject({
      transactionId: text('Shared by all its events.'),
      progress: z.enum(PROGRESS).meta({ description: 'How far it has come.' }),
    })
    .optional()
    .meta({ description: 'The last rollback; absent in every other phase.' }),
  window: bySide(WindowSchema),
  guards: GuardsSchema,
  plan: PlanSchema.meta({ description: 'The plan that is being followed and what it waits for.' }),
  probe: bySide(orNull(ProbeSchema, 'Null where none is sent.')),
  automation: z.strictObject({
    enabled: flag('Whether Weir goes on by itself.'),
    frozen: flag('Whether too many rollbacks have stopped it.'),
    reason: text('Why it is not on.').optional(),
  }),
  declared: DeclaredSchema.meta({ description: 'What the configuration file says, whatever became of it since.' }),
  configuration: ConfigurationSchema.meta({ description: 'How the last reading of the configuration went.' }),
  splitSuspicion: text('How the requests contradict the split; absent as long as they do not.').optional(),
  recording: z
    .strictObject({
      writable: flag('Whether the journal can be written.'),
      error: text('Why it cannot.').optional(),
      since: timestamp('Since when it cannot.').optional(),
    })
    .meta({ description: "While the journal cannot be written, the candidate's weight may only fall." }),
  fleet: orNull(FleetSchema, 'Null for a sidecar that judges for itself.'),
});
