import request from 'supertest';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createAdminApi } from '../../src/admin/api.ts';
import { historyQuery } from '../../src/admin/contract.ts';
import { explanations } from '../../src/admin/openapi/explain.ts';
import { PROBLEMS } from '../../src/admin/problems.ts';
import { ROUTES } from '../../src/admin/routes.ts';
import { statusOf } from '../../src/admin/views.ts';
import { eventOf, snapshotOf } from './fixtures.ts';

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly security: readonly object[];
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: {
    readonly required: boolean;
    readonly content: {
      'application/json': { schema: { $ref: string }; examples?: Record<string, { value: object }> };
    };
  };
  readonly responses: Readonly<Record<string, { content: Record<string, { examples?: object }> }>>;
}

interface Document {
  readonly openapi: string;
  readonly info: { readonly version: string };
  readonly servers: readonly { readonly url: string }[];
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { schemas: Record<string, Record<string, unknown>>; examples: object; securitySchemes: object };
}

const app = createAdminApi({
  look: () => snapshotOf(),
  history: () => [eventOf(1)],
  ask: async () => ({ ok: true }),
  report: (error) => {
    throw error;
  },
  version: '1.2.3',
});
const api = request(app);
const text = (
  await api
    .get('/openapi.json')
    .expect(200)
    .expect('Content-Type', /^application\/json/)
).text;
const document = JSON.parse(text) as Document;
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ ...operation, method, path })),
);

/** Every key of every object in it, with where it stands. */
function walk(node: unknown, visit: (node: Record<string, unknown>, at: string) => void, at = '#'): void {
  if (typeof node !== 'object' || node === null) return;
  if (!Array.isArray(node)) visit(node as Record<string, unknown>, at);
  for (const [key, inner] of Object.entries(node)) walk(inner, visit, `${at}/${key}`);
}

describe('the OpenAPI document', () => {
  it('has exactly the routes that express answers', () => {
    const real = app.router.stack.flatMap(({ route }) => {
      const methods = route?.stack.map(({ method }) => method).filter((method) => method !== undefined) ?? [];
      return methods.map((method) => `${method} ${route!.path.replaceAll(/:(\w+)/g, '{$1}')}`);
    });
    expect(operations.map(({ method, path }) => `${method} ${path}`).toSorted()).toEqual(real.toSorted());
  });

  it('is OpenAPI 3.1 of this version, and its server is the one that gave it', () => {
    expect(document.openapi).toMatch(/^3\.1\./);
    expect(document.info.version).toBe('1.2.3');
    expect(document.servers.map(({ url }) => url)).toEqual(['/']);
  });

  it('gives every operation a name of its own, a summary and a known tag', () => {
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
    for (const { operationId, summary, tags } of operations) {
      expect(operationId).toMatch(/^[a-z][A-Za-z]+$/);
      expect(summary).not.toBe('');
      expect(document.tags.map(({ name }) => name)).toEqual(expect.arrayContaining([...tags]));
    }
  });

  it('refers to nothing that it does not contain', () => {
    const dangling: string[] = [];
    walk(document, (node, at) => {
      if (typeof node['$ref'] !== 'string') return;
      const found = node['$ref']
        .slice(2)
        .split('/')
        .reduce<unknown>((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], document);
      if (found === undefined) dangling.push(`${at}: ${node['$ref']}`);
    });
    expect(dangling).toEqual([]);
  });

  it('asks for the operator to change, and for the viewer to read', () => {
    for (const { method, path, security } of operations) {
      const role = [{ bearer: [method === 'get' ? 'viewer' : 'operator'] }, {}];
      expect({ path, security }).toEqual({ path, security: role });
    }
    expect(document.components.securitySchemes).toMatchObject({ bearer: { type: 'http', scheme: 'bearer' } });
  });

  it('lists at every change If-Match and what it may be refused for', () => {
    for (const { requestBody, parameters = [], responses } of operations) {
      if (requestBody === undefined) continue;
      expect(parameters.map(({ name }) => name)).toEqual(['If-Match']);
      expect(Object.keys(responses)).toEqual(
        expect.arrayContaining(['200', '400', '403', '409', '412', '413', '415', '422', '500', '503']),
      );
    }
  });

  it('names every problem under its status, and each at some route but the one for methods that no route has', () => {
    const told = operations.flatMap(({ responses }) =>
      Object.entries(responses).flatMap(([status, { content }]) =>
        Object.keys(content['application/problem+json']?.examples ?? {}).map((code) => `${status} ${code}`),
      ),
    );
    const real = Object.entries(PROBLEMS)
      .filter(([code]) => code !== 'method-not-allowed')
      .map(([code, { status }]) => `${status} ${code}`);
    expect([...new Set(told)].toSorted()).toEqual(real.toSorted());
    expect(Object.keys(document.components.examples)).toEqual(Object.keys(PROBLEMS));
  });

  it('describes what a client writes: durations and versions as texts with their patterns', () => {
    const { StartRolloutRequest: start } = document.components.schemas;
    expect(start).toMatchObject({
      required: ['version', 'url'],
      additionalProperties: false,
      properties: {
        version: { type: 'string', pattern: expect.any(String), examples: ['v1.3.0'] },
        plan: {
          type: 'array',
          items: {
            properties: { weight: { type: 'number', minimum: 0, maximum: 100 }, hold: { pattern: expect.any(String) } },
          },
        },
        reason: { type: 'string', default: '' },
      },
    });
  });

  it('has examples that the API takes', async () => {
    const examples = operations.flatMap(({ method, path, requestBody }) =>
      Object.values(requestBody?.content['application/json'].examples ?? {}).map(({ value }) => ({
        method,
        path,
        value,
      })),
    );
    expect(examples.length).toBeGreaterThan(5);
    for (const { method, path, value } of examples) {
      const answer = await (method === 'put' ? api.put(path) : api.post(path)).send(value);
      expect({ path, status: answer.status, value }).toEqual({ path, status: 200, value });
    }
  });

  it('says rightly which bodies may be empty', async () => {
    for (const { method, path, requestBody } of operations) {
      if (requestBody === undefined) continue;
      const asked = (method === 'put' ? api.put(path) : api.post(path)).set('Content-Type', 'application/json');
      const answer = await asked;
      expect({ path, status: answer.status }).toEqual({ path, status: requestBody.required ? 422 : 200 });
    }
  });

  it('has patterns that JSON Schema can read, and that its own examples match', () => {
    const mismatched: string[] = [];
    walk(document, (node, at) => {
      const { pattern, examples } = node;
      if (typeof pattern !== 'string' || !Array.isArray(examples)) return;
      const expression = new RegExp(pattern, 'u');
      for (const example of examples as string[]) if (!expression.test(example)) mismatched.push(`${at}: ${example}`);
    });
    expect(mismatched).toEqual([]);
  });

  it('says of the history what the query really is', () => {
    const { parameters } = document.paths['/v1/history']!['get']!;
    expect(parameters!.map(({ name, in: place }) => `${place} ${name}`)).toEqual(
      Object.keys(historyQuery.shape).map((name) => `query ${name}`),
    );
  });

  it('is as strict in JSON Schema as in the code: a key that is not documented does not pass', () => {
    const bundled = JSON.parse(text.replaceAll('#/components/schemas/', '#/$defs/')) as Document;
    const { schemas } = bundled.components;
    const validator = z.fromJSONSchema({ ...schemas['Status'], $defs: schemas });
    const status = statusOf(snapshotOf());
    const passes = (answer: object) => validator.safeParse(answer).success;
    expect(passes(status)).toBe(true);
    expect(passes({ ...status, candidate: null })).toBe(true);
    expect(passes({ ...status, more: 1 })).toBe(false);
    expect(passes({ ...status, candidate: { ...status.stable, more: 1 } })).toBe(false);
    expect(passes({ ...status, weights: { ...status.weights, more: 1 } })).toBe(false);
    expect(passes({ ...status, phase: 'elsewhere' })).toBe(false);
  });

  it('is the same for every asker, and answers HEAD', async () => {
    expect((await api.get('/openapi.json')).text).toBe(text);
    const head = await api.head('/openapi.json').expect(200);
    expect(head.headers['content-length']).toBe(String(Buffer.byteLength(text)));
  });
});

describe('the table of routes', () => {
  it('judges each body by the schema that it documents', () => {
    const withBody = ROUTES.filter(({ body }) => body !== undefined);
    expect(withBody.map(({ method }) => method === 'put' || method === 'post')).not.toContain(false);
    for (const { body } of withBody) expect(body).toBeInstanceOf(z.ZodType);
  });
});

describe('the place where the type of a problem leads', () => {
  it('explains each: what it means and what to do', async () => {
    for (const [code, { status, title }] of Object.entries(PROBLEMS)) {
      const { body } = await api.get(`/problems/${code}`).expect(200);
      expect(body).toMatchObject({ code, type: `/problems/${code}`, status, title });
      expect(body.meaning).toMatch(/\.$/);
      expect(body.remedy).toMatch(/\.$/);
    }
  });

  it('lists them all', async () => {
    const { body } = await api.get('/problems').expect(200);
    expect(body).toEqual({ problems: explanations() });
  });

  it.each(['nonsense', '__proto__', 'constructor', 'toString', '%2e%2e', 'wrong-phase%00'])(
    'has nothing at %s',
    async (code) => {
      const { body } = await api.get(`/problems/${code}`).expect(404);
      expect(body.code).toBe('not-found');
    },
  );

  it.each(['post', 'put', 'delete', 'options'] as const)('takes no %s', async (method) => {
    await api[method]('/problems/wrong-phase').expect(405).expect('Allow', 'GET, HEAD');
    await api[method]('/openapi.json').expect(405).expect('Allow', 'GET, HEAD');
  });
});
