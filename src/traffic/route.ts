import type { SideIndex } from '../model/upstream.ts';
import { CANDIDATE, STABLE } from '../model/upstream.ts';
import type { Random } from '../support/random.ts';
import { bucketInCookie, bucketOfValue, cookieLine, drawBucket, keyOf, NO_BUCKET } from './bucket.ts';
import type { Bucket } from './bucket.ts';
import type { Draw } from './draw.ts';
import type { Routing } from './table.ts';
import { isToken } from './wire/chars.ts';
import type { HeadFacts } from './wire/head.ts';

/** Which side a request goes to. One fixed shape, reused. */
export interface Choice {
  side: SideIndex;
  /** By the override header: never evidence. */
  forced: boolean;
  /** Whole lines for the answer's head: a new user's cookie. */
  lines: Buffer;
}

export type Sticky = { readonly cookie: string } | { readonly header: string } | null;

export interface RouteSettings {
  readonly service: string;
  readonly sticky: Sticky;
  readonly random: Random;
  readonly draw: Draw;
}

/** Decides; `bytes` hold the request's head, of which `facts` tell. The answer is valid until the next call. */
export type Route = (routing: Routing, bytes: Buffer, facts: HeadFacts) => Choice;

/** Positions in `facts.watched`: the request scanner looks for these two fields. */
const WATCHED_STICKY = 0;
const WATCHED_OVERRIDE = 2;

const NO_LINES = Buffer.alloc(0);
const STABLE_NAME = Buffer.from('stable');
const CANDIDATE_NAME = Buffer.from('candidate');

/**
 * The route: an override first, then the bucket of a user who has one, else the draw. Without a candidate, or at
 * 0 %, only the override is asked, and only for a candidate that exists.
 */
export function createRoute({ service, sticky, random, draw }: RouteSettings): Route {
  const choice: Choice = { side: STABLE, forced: false, lines: NO_LINES };
  const cookieName = sticky !== null && 'cookie' in sticky ? sticky.cookie : null;
  const cookieBytes = Buffer.from(cookieName ?? '');
  const key = keyOf(service);

  function bucketOf(bytes: Buffer, facts: HeadFacts): Bucket {
    if (cookieName === null) {
      const start = facts.watched[WATCHED_STICKY]!;
      return start === -1 ? NO_BUCKET : bucketOfValue(bytes, start, facts.watched[WATCHED_STICKY + 1]!, key);
    }
    for (let at = 0; at < facts.cookieCount; at += 2) {
      const bucket = bucketInCookie(bytes, facts.cookies[at]!, facts.cookies[at + 1]!, cookieBytes);
      if (bucket !== NO_BUCKET) return bucket;
    }
    const bucket = drawBucket(random);
    choice.lines = Buffer.from(cookieLine(cookieName, bucket, facts.isForwardedHttps));
    return bucket;
  }

  return (routing, bytes, facts) => {
    choice.side = STABLE;
    choice.forced = false;
    choice.lines = NO_LINES;
    const forced = forcedSide(bytes, facts);
    if (forced !== null && (forced === STABLE || routing.candidate !== null)) {
      choice.side = forced;
      choice.forced = true;
    } else if (routing.candidate !== null) {
      const bucket = sticky === null ? NO_BUCKET : bucketOf(bytes, facts);
      if (bucket === NO_BUCKET) choice.side = draw(routing.share);
      else choice.side = bucket < routing.share ? CANDIDATE : STABLE;
    }
    return choice;
  };
}

function forcedSide(bytes: Buffer, facts: HeadFacts): SideIndex | null {
  const start = facts.watched[WATCHED_OVERRIDE]!;
  if (start === -1) return null;
  const end = facts.watched[WATCHED_OVERRIDE + 1]!;
  if (isToken(bytes, start, end, STABLE_NAME)) return STABLE;
  return isToken(bytes, start, end, CANDIDATE_NAME) ? CANDIDATE : null;
}
