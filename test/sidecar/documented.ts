import { expect } from 'vitest';
import { z } from 'zod';
import { ANSWERS, ProblemSchema } from '../../src/admin/openapi/answers.ts';
import { ROUTES } from '../../src/admin/routes.ts';
import type { Answer } from './client.ts';
import { ask } from './client.ts';
import type { Weir } from './weir.ts';

interface Response {
  readonly content: Readonly<Record<string, { readonly schema: object; readonly examples?: object }>>;
}

interface Document {
  readonly paths: Readonly<
    Record<string, Record<string, { operationId: string; responses: Record<string, Response> }>>
  >;
  readonly components: { readonly schemas: object };
}

export interface Asked {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A client that believes the sidecar's own document, and holds every answer to it. */
export interface DocumentedClient {
  /** Sends this, and returns what came, which is as documented. */
  ask(method: string, path: string, asked?: Asked): Promise<{ readonly status: number; readonly body: unknown }>;
  /** Operations that have been asked. */
  readonly operations: ReadonlySet<string>;
  /** Codes of problems that have come. */
  readonly codes: ReadonlySet<string>;
}

export async function startDocumentedClient({ ports }: Pick<Weir, 'ports'>): Promise<DocumentedClient> {
  const admin = `http://127.0.0.1:${ports.admin}`;
  const { text } = await ask(`${admin}/openapi.json`);
  const { paths, components } = JSON.parse(text.replaceAll('#/components/schemas/', '#/$defs/')) as Document;
  const operations = new Set<string>();
  const codes = new Set<string>();

  /** JSON Schema 2020-12, as a program in another language would read it. */
  const validatorOf = (schema: object) => z.fromJSONSchema({ ...schema, $defs: components.schemas } as never);

  function judge(method: string, template: string, { status, headers, text }: Answer): unknown {
    const { operationId, responses } = paths[template]![method]!;
    const { content } = responses[String(status)] ?? {};
    if (content === undefined) throw new Error(`${operationId} answered ${status}, which is not documented: ${text}`);
    const type = (headers['content-type'] ?? '').split(';', 1)[0]!;
    const { schema, examples = {} } = content[type] ?? {};
    if (schema === undefined) throw new Error(`${operationId} answered ${status} with ${type}: not documented`);
    const body = JSON.parse(text) as { readonly code?: string };
    expect(validatorOf(schema).safeParse(body).error?.issues).toBeUndefined();
    const { answer } = ROUTES.find((route) => route.method === method && route.path === template)!;
    expect((status === 200 ? ANSWERS[answer].schema : ProblemSchema).parse(body)).toEqual(body);
    if (status !== 200) {
      expect(Object.keys(examples)).toContain(body.code);
      codes.add(body.code!);
    }
    operations.add(operationId);
    return body;
  }

  return {
    operations,
    codes,
    async ask(method, path, { body, headers = {} } = {}) {
      const name = method.toLowerCase();
      const template = Object.keys(paths).find((known) =>
        new RegExp(`^${known.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path.split('?', 1)[0]!),
      );
      if (template === undefined || paths[template]![name] === undefined) throw new Error(`no ${method} ${path}`);
      const answer = await ask(`${admin}${path}`, {
        method,
        ...(method !== 'GET' && { body: typeof body === 'string' ? body : JSON.stringify(body ?? {}) }),
        headers: { ...(method !== 'GET' && { 'content-type': 'application/json' }), ...headers },
      });
      return { status: answer.status, body: judge(name, template, answer) };
    },
  };
}
