import { z } from 'zod';
import { MEASURES } from '../../model/verdict.ts';
import { count, milliseconds, orNull, text } from './leaves.ts';

export const ReasonSchema = z
  .strictObject({
    measure: z.enum(MEASURES).meta({ description: 'The guard.' }),
    measured: z.number().nullable().meta({
      description: 'Milliseconds for p95, failed probes for probe, else 0..1; null when nothing could be measured.',
    }),
    relation: z.enum(['>', '<=', 'unknown']).meta({ description: '> is broken, <= is kept, unknown is neither.' }),
    limit: z.number().meta({ description: 'In the unit of measured.' }),
    samples: count('Requests that the measure rests on.'),
    text: text('The same for a person.'),
    lnEvidence: z
      .number()
      .optional()
      .meta({ description: 'ln of the evidence over what it takes to break the guard: broken from 0 on.' }),
  })
  .meta({ description: 'Why a verdict came out as it did.' });

export const VerdictSchema = z
  .strictObject({
    kind: z.enum(['healthy', 'unhealthy', 'inconclusive']),
    reasons: z.array(ReasonSchema),
  })
  .meta({ description: "The judge's answer. No traffic is inconclusive, never healthy." });

const OutlookSchema = z.strictObject({
  requests: count('How many more requests would decide.'),
  ms: orNull(milliseconds('At the present rate.'), 'At the present rate; null for never, or without traffic.'),
});

export const ProspectSchema = z
  .strictObject({
    proof: orNull(OutlookSchema, 'If requests go on like those since the step began; null when that proves nothing.'),
    breach: orNull(OutlookSchema, 'If they fail as they do in the window; null when that is within every limit.'),
    text: text('The same for a person.'),
  })
  .meta({ description: 'What an inconclusive verdict waits for.' });

export const WindowSchema = z
  .strictObject({
    requests: count('In the window.'),
    errors: count('Failures among them.'),
    errorRatio: orNull(z.number().min(0).max(1), '0..1; null without a request.'),
    p95Ms: orNull(milliseconds('To the response head.'), 'To the response head; null without a request.'),
  })
  .meta({ description: "What one side's window holds now." });

const limit = (description: string) => orNull(z.number(), description);

export const GuardsSchema = z
  .strictObject({
    windowMs: milliseconds('How far back the judge looks.'),
    errorsRatio: limit('Allowed share of failed requests, 0..1; null when off.'),
    p95Ms: limit('To the response head; null when off.'),
    rule: z
      .enum(['evidence', 'plain'])
      .meta({ description: 'evidence: when the requests prove it; plain: when measured > limit.' }),
    minRequests: count('Of the plain rule.'),
    falseRollbackMs: milliseconds('At most one false rollback in this time, at the limit itself.'),
    worseThanStable: limit('How many times worse than stable; null when not compared.'),
  })
  .meta({ description: 'The limits, and how to decide whether they are kept.' });

export const ProbeSchema = z
  .strictObject({
    up: z.boolean().meta({ description: 'Whether as many of the last probes passed as must.' }),
    failures: count('Among the last `of`.'),
    of: count('How many probes are looked back on.'),
    passes: count('In a row, up to now.'),
    last: text('What the last one got, for a person.'),
  })
  .meta({ description: 'What the probe of one side says.' });
