import type { Request, Response } from 'express';
import { discardRest, MAX_BODY_BYTES } from './body.ts';
import type { Problem } from './problems.ts';
import { PROBLEM_TYPE } from './problems.ts';

/** Answers with a problem document, wherever the request stands. */
export function sendProblem(request: Request, response: Response, problem: Problem): void {
  response.status(problem.status).type(PROBLEM_TYPE);
  if (problem.status === 401) response.set('WWW-Authenticate', challengeOf(problem));
  if (problem.code === 'body-too-large' || isLargeAndUnread(request)) void sendAndClose(request, response, problem);
  else send(response, problem);
}

/** Source: RFC 6750. Who has shown nothing is not told of an error. */
function challengeOf({ code }: Problem): string {
  return code === 'unauthenticated' ? 'Bearer realm="weir"' : 'Bearer realm="weir", error="invalid_token"';
}

/** A body that nobody is going to read, and that Node would swallow to its end, however long. */
function isLargeAndUnread({ complete, headers }: Request): boolean {
  if (complete) return false;
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > MAX_BODY_BYTES;
}

/**
 * Not express' own `json`, which would answer 304 to `If-None-Match`: the ETag is the rollout's revision,
 * and while that stays the same the windows in the same answer do not.
 */
export function send(response: Response, answer: object): void {
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
