import { z } from 'zod';
import { send, sendProblem } from '../answer.ts';
import { isProblemCode, problemOf } from '../problems.ts';
import type { Route } from '../route.ts';

/** What the API says about itself, `routes` being all of it. Loaded when somebody asks: most sidecars never are. */
export function aboutItself(routes: () => readonly Route[]): readonly Route[] {
  return [
    {
      method: 'get',
      path: '/openapi.json',
      role: 'viewer',
      tag: 'about',
      operation: 'getDocument',
      summary: 'This document',
      answer: 'Document',
      problems: [],
      handle: ({ version = '' }) => {
        let document: string | null = null;
        return async (_request, response) => {
          document ??= (await import('../openapi/document.ts')).documentOf(routes(), version);
          response.set('Content-Length', String(Buffer.byteLength(document)));
          response.type('application/json').end(document);
        };
      },
    },
    {
      method: 'get',
      path: '/problems',
      role: 'viewer',
      tag: 'about',
      operation: 'getProblems',
      summary: 'Every way in which this API says no',
      answer: 'Explanations',
      problems: [],
      handle: () => async (_request, response) => {
        const { explanations } = await import('../openapi/explain.ts');
        send(response, { problems: explanations() });
      },
    },
    {
      method: 'get',
      path: '/problems/{code}',
      role: 'viewer',
      tag: 'about',
      operation: 'getProblem',
      summary: 'What a problem means and what to do: where its `type` leads',
      parameters: z.object({
        code: z.string().meta({ description: 'The code of a problem.', examples: ['wrong-phase'] }),
      }),
      answer: 'Explanation',
      problems: ['not-found'],
      handle: () => async (request, response) => {
        const { code } = request.params;
        if (!isProblemCode(code)) {
          return sendProblem(request, response, problemOf('not-found', `no problem has the code "${String(code)}"`));
        }
        const { explanationOf } = await import('../openapi/explain.ts');
        return send(response, explanationOf(code));
      },
    },
  ];
}
