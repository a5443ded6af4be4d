import { z } from 'zod';
import { PROBLEMS } from '../problems.ts';
import { EventSchema } from './event.ts';
import { keys, text, timestamp } from './leaves.ts';
import { ReleaseSchema } from './release.ts';
import { ROLES } from '../../model/identity.ts';
import { RELEASE_STATUSES } from '../../model/release.ts';
import { StatusSchema } from './status.ts';

/**
 * Every answer as a schema, held to the types of `model/view.ts` by the compiler and to real answers by a test. Strict:
 * a key that is not written down here is a mistake.
 */
const codes = z.enum(keys(PROBLEMS)).meta({ description: 'For programs; a closed set.' });

export const ReleasesSchema = z.strictObject({
  releases: z.array(
    z.strictObject({
      ...ReleaseSchema.shape,
      status: z.enum(RELEASE_STATUSES).meta({ description: 'What became of it.' }),
      since: timestamp('When it got this status.'),
      reason: text('What a rolled-back one was taken out for.').optional(),
    }),
  ),
});

export const HistorySchema = z.strictObject({ events: z.array(EventSchema) });

export const WhoamiSchema = z.strictObject({
  name: text('The actor of every event that the client causes.'),
  role: z.enum(ROLES).meta({ description: 'A viewer reads, an operator changes too.' }),
  authentication: z.enum(['loopback', 'token', 'oidc']).meta({ description: 'How it said who it is.' }),
});

const type = text('Where the problem is explained.').meta({ examples: ['/problems/wrong-phase'] });

/** RFC 9457. */
export const ProblemSchema = z
  .strictObject({
    type,
    title: text('The kind of problem.'),
    status: z.int().meta({ description: 'As in the status line.' }),
    detail: text('This very problem: what was expected and what came.'),
    code: codes,
    mistakes: z
      .array(
        z.strictObject({
          at: text("The key's path, `plan[0].hold`, or '' for the whole."),
          message: text('What was expected, and what came.'),
        }),
      )
      .optional()
      .meta({ description: 'Every mistake in the request, where there are any.' }),
  })
  .meta({ description: 'A problem document (RFC 9457).' });

export const ExplanationSchema = z.strictObject({
  code: codes,
  type,
  status: z.int().meta({ description: 'The status it comes with.' }),
  title: text('The kind of problem.'),
  meaning: text('What it means.'),
  remedy: text('What to do about it.'),
});

const ExplanationsSchema = z.strictObject({ problems: z.array(ExplanationSchema) });

export interface Answer {
  readonly description: string;
  readonly schema: z.ZodType;
  /** `application/json` unless told. */
  readonly contentType?: string;
}

/** What a route answers when all is well, by the name it has in the document. */
export const ANSWERS = {
  Status: { description: 'The status, with its revision as ETag.', schema: StatusSchema },
  History: { description: 'The newest events first.', schema: HistorySchema },
  Events: {
    description: 'A stream that ends with Weir, or with the permission it was opened with.',
    schema: z.string(),
    contentType: 'text/event-stream',
  },
  Releases: { description: 'The releases, oldest first.', schema: ReleasesSchema },
  Whoami: { description: 'Name and role.', schema: WhoamiSchema },
  Document: { description: 'An OpenAPI 3.1 document.', schema: z.looseObject({ openapi: z.string() }) },
  Explanations: { description: 'Every problem.', schema: ExplanationsSchema },
  Explanation: { description: 'The problem.', schema: ExplanationSchema },
} as const satisfies Record<string, Answer>;

export type AnswerName = keyof typeof ANSWERS;
