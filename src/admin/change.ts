import type { Request, RequestHandler } from 'express';
import type { Command } from '../model/command.ts';
import type { Identity } from '../model/identity.ts';
import { sendProblem } from './answer.ts';
import { readJson } from './body.ts';
import type { CommandParser } from './contract.ts';
import { parseIfMatch } from './contract.ts';
import { identityOf } from './doors.ts';
import type { Problem } from './problems.ts';
import { problemOf, problemOfMistakes } from './problems.ts';
import type { AdminParts } from './route.ts';
import { sendStatus } from './send-status.ts';

const NOT_ANY_MORE =
  'what was shown with the head of this request was good for nothing any more when its body had come';

/** Reads a body strictly, asks the rollout, and answers with the new status or with why not. */
export function change(parse: CommandParser): (parts: AdminParts) => RequestHandler {
  return ({ ask, look, isStillGood = () => true }) =>
    async function change(request, response) {
      const identity = identityOf(response);
      const command = await readCommand(request, identity, parse);
      if ('code' in command) return sendProblem(request, response, command);
      // Its body may have been half a minute on its way: whoever has a token that is soon revoked would open requests in store.
      if (!isStillGood(identity)) return sendProblem(request, response, problemOf('invalid-token', NOT_ANY_MORE));
      const answer = await ask(command);
      if (answer.ok) return sendStatus(response, look());
      return sendProblem(request, response, problemOf(answer.refusal.code, answer.refusal.message));
    };
}

async function readCommand(
  request: Request,
  { name: actor, spends }: Identity,
  parse: CommandParser,
): Promise<Command | Problem> {
  const revision = parseIfMatch(request.headers['if-match']);
  if ('mistakes' in revision) return problemOfMistakes('malformed-if-match', revision.mistakes);
  const read = await readJson(request);
  if ('problem' in read) return problemOf(read.problem, read.detail);
  const expected = revision.value === null ? {} : { expectedRevision: revision.value };
  const command = parse(read.value, { actor, ...expected, ...(spends && { spends }) });
  return 'mistakes' in command ? problemOfMistakes('invalid-body', command.mistakes) : command.value;
}
