import type { NextFunction, Request, RequestHandler, Response } from 'express';
import helmet from 'helmet';

/** Headers that leave a browser nothing to misuse. */
const NOTHING = {
  defaultSrc: ["'none'"],
  baseUri: ["'none'"],
  formAction: ["'none'"],
  frameAncestors: ["'none'"],
};

const guarded = helmet({
  contentSecurityPolicy: { useDefaults: false, directives: NOTHING },
  xFrameOptions: { action: 'deny' },
  // This listener speaks plain HTTP; whoever puts TLS before it says so to browsers there.
  strictTransportSecurity: false,
});

/** For every answer: a document that may load nothing, and that nobody may keep, frame or sniff. */
export function harden(request: Request, response: Response, next: NextFunction): void {
  response.set('Cache-Control', 'no-store');
  guarded(request, response, next);
}

/** For the page and its files, after `harden`: it may load what lies beside it, and talk to where it came from. */
export const allowPage: RequestHandler = helmet.contentSecurityPolicy({
  useDefaults: false,
  directives: {
    ...NOTHING,
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    connectSrc: ["'self'"],
    imgSrc: ["'self'", 'data:'],
  },
});
