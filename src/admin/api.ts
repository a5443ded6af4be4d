import type { Express, NextFunction, Request, RequestHandler, Response } from 'express';
import express from 'express';
import type { Command, Refusal } from '../model/command.ts';
import type { RolloutEvent } from '../model/event.ts';
import type { Snapshot } from '../model/status.ts';
import { createDoorkeeper } from './auth.ts';
import { discardRest, readJson } from './body.ts';
import type { Asker, Parsed } from './contract.ts';
import {
  parseAutomation,
  parseHistoryQuery,
  parseIfMatch,
  parseRelease,
  parseRollback,
  parseRollout,
  parseStep,
  parseSwitch,
  parseWeights,
} from './contract.ts';
import type { Problem } from './problems.ts';
import { PROBLEM_TYPE, problemOf, problemOfMistakes } from './problems.ts';
import { historyOf, releasesOf, statusOf } from './views.ts';

/**
 * The admin API: status, releases and history to read, changes to ask for. It decides nothing; it reads a
 * request strictly, asks the rollout, and says what became of it.
 */
export interface AdminParts {
  readonly look: () => Snapshot;
  /** The last so many events, in any order. */
  readonly history: (limit: number) => readonly RolloutEvent[];
  /** Answers once the change is in force, or says why it is not. */
  readonly ask: (
    command: Command,
  ) => Promise<{ readonly ok: true } | { readonly ok: false; readonly refusal: Refusal }>;
  /** Told of what went wrong inside; the client only learns that something did. */
  readonly report: (error: unknown) => void;
  /** Host names besides loopback under which the listener is known. */
  readonly hosts?: readonly string[];
}

/** An express app that listens nowhere yet. */
export function createAdminApi({ look, history, ask, report, hosts = [] }: AdminParts): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.enable('strict routing');
  app.enable('case sensitive routing');

  const change = (parse: (body: unknown, asker: Asker) => Parsed<Command>): RequestHandler =>
    async function change(request, response) {
      const command = await readCommand(request, parse);
      if ('code' in command) return sendProblem(request, response, command);
      const answer = await ask(command);
      if (answer.ok) return sendStatus(response, look());
      return sendProblem(request, response, problemOf(answer.refusal.code, answer.refusal.message));
    };

  app.use(harden, guard(hosts));
  at(app, '/v1/status', { get: (_request, response) => sendStatus(response, look()) });
  at(app, '/v1/history', {
    get: (request, response) => {
      const query = parseHistoryQuery(request.query);
      if ('mistakes' in query)
        return sendProblem(request, response, problemOfMistakes('invalid-query', query.mistakes));
      send(response, historyOf(history(query.value.limit), query.value.limit));
    },
  });
  at(app, '/v1/weights', { put: change(parseWeights) });
  at(app, '/v1/rollback', { post: change(parseRollback) });
  at(app, '/v1/rollout', { post: change(parseRollout) });
  for (const step of ['pause', 'resume', 'advance', 'promote'] as const) {
    at(app, `/v1/rollout/${step}`, { post: change(parseStep[step]) });
  }
  at(app, '/v1/switch', { post: change(parseSwitch) });
  at(app, '/v1/automation', { post: change(parseAutomation) });
  at(app, '/v1/releases', {
    get: (_request, response) => send(response, releasesOf(look())),
    post: change(parseRelease),
  });
  app.use((request, response) => {
    sendProblem(request, response, problemOf('not-found', `there is nothing at ${request.path}`));
  });
  app.use((error: unknown, request: Request, response: Response, _next: NextFunction) => {
    // A client that left in the middle of its body is nobody's fault, and there is nobody to answer.
    if (request.errored !== null && error === request.errored) return;
    report(error);
    if (response.headersSent) response.destroy();
    else sendProblem(request, response, problemOf('internal-error', 'internal error'));
  });
  return app;
}

type Methods = Readonly<Partial<Record<'get' | 'put' | 'post', RequestHandler>>>;

/** The methods of a path; every other is refused by name, OPTIONS too, so that no browser's preflight ever succeeds. */
function at(app: Express, path: string, methods: Methods): void {
  const allowed = Object.keys(methods).map((method) => (method === 'get' ? 'GET, HEAD' : method.toUpperCase()));
  const route = app.route(path);
  for (const method of ['get', 'put', 'post'] as const) {
    const answer = methods[method];
    if (answer !== undefined) route[method](answer);
  }
  route.all((request, response) => {
    response.set('Allow', allowed.join(', '));
    const detail = `expected ${allowed.join(', ')}, got ${request.method}`;
    sendProblem(request, response, problemOf('method-not-allowed', detail));
  });
}

function harden(_request: Request, response: Response, next: NextFunction): void {
  response.set({
    'Cache-Control': 'no-store',
    'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
  });
  next();
}

function guard(hosts: readonly string[]): RequestHandler {
  const doorkeeper = createDoorkeeper(hosts);
  return function guard(request, response, next) {
    const code = doorkeeper.refuse(request.headers, request.headersDistinct['host']?.length ?? 0);
    if (code === null) return next();
    const expected = ['loopback', ...hosts].join(', ');
    const { host = 'none', origin = 'another site' } = request.headers;
    const got = code === 'host-not-allowed' ? host : origin;
    sendProblem(request, response, problemOf(code, `expected ${expected}, got ${got}`));
  };
}

async function readCommand(
  request: Request,
  parse: (body: unknown, asker: Asker) => Parsed<Command>,
): Promise<Command | Problem> {
  const revision = parseIfMatch(request.headers['if-match']);
  if ('mistakes' in revision) return problemOfMistakes('malformed-if-match', revision.mistakes);
  const read = await readJson(request);
  if ('problem' in read) return problemOf(read.problem, read.detail);
  const expected = revision.value === null ? {} : { expectedRevision: revision.value };
  const command = parse(read.value, { actor: 'operator', ...expected });
  return 'mistakes' in command ? problemOfMistakes('invalid-body', command.mistakes) : command.value;
}

function sendStatus(response: Response, snapshot: Snapshot): void {
  response.set('ETag', `"${snapshot.rollout.revision}"`);
  send(response, statusOf(snapshot));
}

function sendProblem(request: Request, response: Response, problem: Problem): void {
  response.status(problem.status).type(PROBLEM_TYPE);
  if (problem.code === 'body-too-large') void sendAndClose(request, response, problem);
  else send(response, problem);
}

/**
 * Not express' own `json`, which would answer 304 to `If-None-Match`: the ETag is the rollout's revision,
 * and while that stays the same the windows in the same answer do not.
 */
function send(response: Response, answer: object): void {
  response.end(textOf(response, answer));
}

/** The whole answer first, then the end: closing on a client that still writes would reset its answer away. */
async function sendAndClose(request: Request, response: Response, problem: Problem): Promise<void> {
  response.set('Connection', 'close');
  response.write(textOf(response, problem));
  await discardRest(request);
  response.end();
}

/** Sets the headers that belong to a body, and returns that body. */
function textOf(response: Response, answer: object): string {
  const text = JSON.stringify(answer);
  response.set('Content-Length', String(Buffer.byteLength(text)));
  if (!response.hasHeader('Content-Type')) response.type('application/json');
  return text;
}
