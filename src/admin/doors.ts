import type { NextFunction, Request, RequestHandler, Response } from 'express';
import type { Identity } from '../model/identity.ts';
import { sendProblem } from './answer.ts';
import { createDoorkeeper } from './doorkeeper.ts';
import type { FailureLog } from './failures.ts';
import { harden } from './headers.ts';
import type { Denial, Identify } from './identify.ts';
import { LOCAL_OPERATOR } from './identify.ts';
import { problemOf } from './problems.ts';

/**
 * What every request of the admin listener passes, whatever its path: headers that bind browsers, the name by which it
 * calls us, who asks, and whether that role may. Only the page's own files are for everybody, because a browser must
 * have them before it can show a token; they hold no secret. What comes after finds the identity by `identityOf`.
 */
export interface DoorsParts {
  /** Host names besides loopback under which the listener is known. */
  readonly hosts?: readonly string[];
  /** Absent where whoever reaches the listener is its operator. */
  readonly authentication?: {
    readonly identify: Identify;
    /** Passes on a failure that is to be answered, and answers itself where they are too many. */
    readonly limit: RequestHandler;
    readonly log: FailureLog;
  };
}

export function createDoors({ hosts = [], authentication }: DoorsParts): readonly RequestHandler[] {
  const doorkeeper = createDoorkeeper(hosts);

  function keepStrangersOut(request: Request, response: Response, next: NextFunction): void {
    const { localAddress } = request.socket;
    const visit = { isPublic: isPublic(request), ...(authentication && { localAddress }) };
    const code = doorkeeper.refuse(request.headers, request.headersDistinct['host']?.length ?? 0, visit);
    if (code === null) return next();
    const expected = ['loopback', ...hosts].join(', ');
    const { host = 'none', origin = 'another site' } = request.headers;
    const got = code === 'host-not-allowed' ? host : origin;
    sendProblem(request, response, problemOf(code, `expected ${expected}, got ${got}`));
  }

  async function admit(request: Request, response: Response, next: NextFunction): Promise<void> {
    if (isPublic(request)) return next();
    const found = (await authentication?.identify(request.headersDistinct['authorization'] ?? [])) ?? LOCAL_OPERATOR;
    if ('code' in found) return deny(request, response, next, found);
    if (!isRead(request) && found.role !== 'operator') {
      const detail = `expected the role operator for ${request.method}, ${found.name} has ${found.role}`;
      return sendProblem(request, response, problemOf('not-permitted', detail));
    }
    response.locals['identity'] = found;
    next();
  }

  /** Who fails to say who he is is told why, until he has failed too often. */
  function deny(request: Request, response: Response, next: NextFunction, { code, detail }: Denial): void {
    const answer = (): void => sendProblem(request, response, problemOf(code, detail));
    if (code === 'not-permitted' || code === 'identity-provider-away' || authentication === undefined) return answer();
    const { limit, log } = authentication;
    void limit(request, response, (error?: unknown) => {
      if (error !== undefined) return next(error);
      const client = request.socket.remoteAddress;
      if (code !== 'unauthenticated')
        log.warn({ client, code }, `a client of the admin port was not let in: ${detail}`);
      answer();
    });
  }

  return [harden, keepStrangersOut, admit];
}

/** Who asks, behind the doors. */
export function identityOf(response: Response): Identity {
  const { identity } = response.locals as { readonly identity: Identity };
  return identity;
}

const isRead = ({ method }: Request): boolean => method === 'GET' || method === 'HEAD';

/** The page and its files. The path is what the routes see too: nothing resolves dots or escapes in between. */
function isPublic(request: Request): boolean {
  return isRead(request) && (request.path === '/' || request.path.startsWith('/page/'));
}
