import type { ResponseConfig, RouteConfig } from '@asteasolutions/zod-to-openapi';
import { OpenApiGeneratorV31, zodToOpenAPIRegistry } from '@asteasolutions/zod-to-openapi';
import type { z } from 'zod';
import { REVISION_TAG } from '../contract.ts';
import type { ProblemCode } from '../problems.ts';
import { PROBLEM_TYPE, problemOf, PROBLEMS } from '../problems.ts';
import type { Route, Tag } from '../route.ts';
import { problemsOf } from '../route.ts';
import type { Answer } from './answers.ts';
import { ANSWERS, ProblemSchema } from './answers.ts';
import { EventSchema } from './event.ts';
import { PlanSchema, ReleaseSchema, StepSchema, WeightsSchema } from './release.ts';
import { ProbeSchema, ProspectSchema, ReasonSchema, VerdictSchema, WindowSchema } from './verdict.ts';

/** Schemas that have a name of their own in the document, and so a type of their own in generated clients. */
const NAMED: Readonly<Record<string, z.ZodType>> = {
  Release: ReleaseSchema,
  Weights: WeightsSchema,
  Reason: ReasonSchema,
  Verdict: VerdictSchema,
  Prospect: ProspectSchema,
  Window: WindowSchema,
  Probe: ProbeSchema,
  Step: StepSchema,
  Plan: PlanSchema,
  Event: EventSchema,
  Problem: ProblemSchema,
  ...Object.fromEntries(Object.entries(ANSWERS).map(([name, { schema }]) => [name, schema])),
};

const TAGS: Readonly<Record<Tag, string>> = {
  status: 'Where the rollout stands and how it came there',
  rollout: 'Moving traffic',
  releases: 'The releases that Weir knows',
  automation: 'Whether Weir goes on by itself',
  about: 'The API about itself',
};

const REVISION: { type: 'string'; pattern: string; examples: string[] } = {
  type: 'string',
  pattern: REVISION_TAG.source,
  examples: ['"5"'],
};

const IF_MATCH = {
  name: 'If-Match',
  in: 'header',
  required: false,
  description: 'The ETag of the status that the change rests on; 412 when the rollout has changed since. * is any.',
  schema: { ...REVISION, pattern: `${REVISION_TAG.source}|^\\s*\\*\\s*$` },
} as const;

/**
 * The OpenAPI 3.1 document as JSON. Bodies are documented by the very schemas that judge them, as what a client writes
 * and not as what becomes of it.
 */
export function documentOf(routes: readonly Route[], version: string): string {
  const bodies = routes.flatMap(({ operation, body }) =>
    body === undefined ? [] : [[requestNameOf(operation), body]],
  );
  const named: Readonly<Record<string, z.ZodType>> = { ...NAMED, ...Object.fromEntries(bodies) };
  for (const [refId, schema] of Object.entries(named)) zodToOpenAPIRegistry.add(schema, { _internal: { refId } });
  const generator = new OpenApiGeneratorV31([
    ...Object.values(named).map((schema) => ({ type: 'schema', schema }) as const),
    ...routes.map((route) => ({ type: 'route', route: operationOf(route) }) as const),
    {
      type: 'component',
      componentType: 'securitySchemes',
      name: 'bearer',
      component: {
        type: 'http',
        scheme: 'bearer',
        description: 'Needed where tokens or OIDC are configured; a listener on loopback without them takes everybody.',
      },
    },
    ...Object.keys(PROBLEMS).map((code) => {
      const component = { summary: PROBLEMS[code as ProblemCode].title, value: problemOf(code as ProblemCode, '…') };
      return { type: 'component', componentType: 'examples', name: code, component } as const;
    }),
  ]);
  const { webhooks: _none, ...document } = generator.generateDocument({
    openapi: '3.1.0',
    info: {
      title: 'Weir',
      version,
      description: 'Canary releases beside a service: look at a rollout and move its traffic.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/', description: 'The admin listener that gave this document' }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
  });
  return JSON.stringify(document, describedInPlace);
}

/** A description beside a reference is written beside it, as OpenAPI 3.1 allows, and not as `allOf` of the two. */
function describedInPlace(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('allOf' in value) || !Array.isArray(value.allOf)) return value;
  const [reference, rest]: Readonly<Record<string, unknown>>[] = value.allOf;
  const isOnlyDescribed = value.allOf.length === 2 && Object.keys(rest ?? {}).join(' ') === 'description';
  return isOnlyDescribed && reference !== undefined && '$ref' in reference ? { ...reference, ...rest } : value;
}

function operationOf(route: Route): RouteConfig {
  const { method, path, role, tag, operation, summary, description, parameters, query, body } = route;
  return {
    method,
    path,
    operationId: operation,
    tags: [tag],
    summary,
    ...(description !== undefined && { description }),
    security: [{ bearer: [role] }, {}],
    ...(body !== undefined && { parameters: [IF_MATCH] }),
    request: {
      ...(parameters !== undefined && { params: parameters }),
      ...(query !== undefined && { query }),
      ...(body !== undefined && { body: requestBodyOf(body, route) }),
    },
    responses: { 200: answerOf(route), ...refusalsOf(route) },
  };
}

const requestNameOf = (operation: string): string => `${operation[0]!.toUpperCase()}${operation.slice(1)}Request`;

function requestBodyOf(schema: z.ZodType, { needsBody = false, examples = {} }: Route) {
  const named = Object.entries(examples).map(([summary, value]) => [keyOf(summary), { summary, value }]);
  return {
    required: needsBody,
    content: {
      'application/json': { schema, ...(named.length > 0 && { examples: Object.fromEntries(named) }) },
    },
  };
}

const keyOf = (summary: string): string => summary.toLowerCase().replaceAll(/\W+/g, '-');

function answerOf({ answer }: Route): ResponseConfig {
  const { description, schema, contentType = 'application/json' }: Answer = ANSWERS[answer];
  const headers = { ETag: { description: 'The revision, for If-Match.', required: true, schema: REVISION } };
  return { description, ...(answer === 'Status' && { headers }), content: { [contentType]: { schema } } };
}

/** The problems of a route by status, each with its codes as examples. */
function refusalsOf(route: Route) {
  const byStatus = Map.groupBy(new Set(problemsOf(route)), (code) => PROBLEMS[code].status);
  const responses = [...byStatus].map(([status, codes]) => {
    const description = codes.map((code) => `\`${code}\`: ${PROBLEMS[code].title}`).join('; ');
    const examples = Object.fromEntries(codes.map((code) => [code, { $ref: `#/components/examples/${code}` }]));
    return [status, { description, content: { [PROBLEM_TYPE]: { schema: ProblemSchema, examples } } }] as const;
  });
  return Object.fromEntries(responses);
}
