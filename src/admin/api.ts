import type { Express, NextFunction, Request, Response } from 'express';
import express from 'express';
import { sendProblem } from './answer.ts';
import { createDoors } from './doors.ts';
import { createPage } from './page.ts';
import { problemOf } from './problems.ts';
import type { AdminParts, Route } from './route.ts';
import { ROUTES } from './routes.ts';

export type { AdminParts };

/**
 * The admin API: status, releases and history to read, changes to ask for. It decides nothing; it reads a request
 * strictly, asks the rollout, and says what became of it. An express app that listens nowhere yet.
 */
export function createAdminApi(parts: AdminParts): Express {
  const { report, doors = createDoors({}) } = parts;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.enable('strict routing');
  app.enable('case sensitive routing');

  app.use(...doors, createPage());
  for (const [path, routes] of Map.groupBy(ROUTES, ({ path }) => path)) mount(app, path, routes, parts);
  const nothingHere = (request: Request, response: Response): void =>
    sendProblem(request, response, problemOf('not-found', `there is nothing at ${request.path}`));
  app.use(nothingHere);
  app.use((error: unknown, request: Request, response: Response, _next: NextFunction) => {
    // A client that left in the middle of its body is nobody's fault, and there is nobody to answer.
    if (request.errored !== null && error === request.errored) return;
    // An escape in the path that stands for no character: the client's mistake, and nothing has failed.
    if (error instanceof URIError) return nothingHere(request, response);
    report(error);
    if (response.headersSent) response.destroy();
    else sendProblem(request, response, problemOf('internal-error', 'internal error'));
  });
  return app;
}

/** The methods of a path; every other is refused by name, OPTIONS too, so that no browser's preflight ever succeeds. */
function mount(app: Express, path: string, routes: readonly Route[], parts: AdminParts): void {
  const route = app.route(path.replaceAll(/\{(\w+)\}/g, ':$1'));
  for (const { method, handle } of routes) route[method](handle(parts));
  const allowed = routes.map(({ method }) => (method === 'get' ? 'GET, HEAD' : method.toUpperCase())).join(', ');
  route.all((request, response) => {
    response.set('Allow', allowed);
    sendProblem(request, response, problemOf('method-not-allowed', `expected ${allowed}, got ${request.method}`));
  });
}
