import { afterEach, describe, expect, it, vi } from 'vitest';
import { createSession } from '../../../src/admin/page/session.ts';

const problem = (status: number, code: string, detail: string) => Response.json({ code, detail }, { status });

/** A session before a sidecar that gives these answers in turn, and a person who types t1, t2, … */
function before(...answers: readonly Response[]) {
  const sent: (string | null)[] = [];
  const left = [...answers];
  vi.stubGlobal('fetch', async (_path: string, { headers }: { headers: Headers }) => {
    sent.push(headers.get('Authorization'));
    return left.shift()!;
  });
  const objections: string[] = [];
  const session = createSession(async (objection) => `t${objections.push(objection)}`);
  return { session, sent, objections };
}

describe('a session', () => {
  afterEach(() => void vi.unstubAllGlobals());

  it('asks for a token only when one is needed, and says what was wrong with the last', async () => {
    const { session, sent, objections } = before(
      problem(401, 'unauthenticated', 'expected an Authorization header, got none'),
      problem(401, 'token-expired', 'the token 3f9c expired a minute ago'),
      Response.json({}),
    );
    expect((await session.fetch('/v1/events')).status).toBe(200);
    expect(sent).toEqual([null, 'Bearer t1', 'Bearer t2']);
    expect(objections).toEqual(['', 'That token was refused: the token 3f9c expired a minute ago.']);
  });

  it('lets a right token be tried while others fail at the same address', async () => {
    const limited = () => problem(429, 'too-many-failures', 'expected at most 30 failures a minute');
    const { session, objections } = before(limited(), limited(), Response.json({}));
    expect((await session.fetch('/v1/events')).status).toBe(200);
    expect(objections).toEqual([
      expect.stringMatching(/^Too many wrong tokens .* a right one is let in at any time\.$/),
      expect.stringMatching(/^That token was refused\. Too many/),
    ]);
  });

  it('asks for another token where one may not look, and not where one may not change', async () => {
    const refused = () => problem(403, 'not-permitted', 'expected one of sre in the claim roles of eve');
    const { session, objections } = before(refused(), Response.json({}), refused());
    expect((await session.fetch('/v1/events')).status).toBe(200);
    expect(objections).toEqual(['That token does not let you look: expected one of sre in the claim roles of eve.']);
    expect((await session.fetch('/v1/rollback', { method: 'POST' })).status).toBe(403);
    expect(objections).toHaveLength(1);
  });

  it.each([
    ['a proxy is busy', () => new Response('slow down', { status: 429 })],
    ['its name is not allowed', () => problem(403, 'host-not-allowed', 'expected one of localhost')],
    ['nobody can say', () => problem(503, 'identity-provider-away', 'try again')],
  ])('asks for no token because %s', async (_why, answer) => {
    const { session, objections } = before(answer());
    expect((await session.fetch('/v1/events')).ok).toBe(false);
    expect(objections).toEqual([]);
  });
});
