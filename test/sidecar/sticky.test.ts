import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/support/clock.ts';
import { seededRandom } from '../../src/support/random.ts';
import { ask } from './client.ts';
import type { Settings } from './settings.ts';
import { startUpstream } from './upstream.ts';
import type { Weir } from './weir.ts';
import { startWeir } from './weir.ts';

/** By chance that repeats itself, so that no run has users that are unlike those of all others. */
async function startPair(settings: Partial<Settings>) {
  const [stable, candidate] = [await startUpstream('stable'), await startUpstream('candidate')];
  const both = { stable: stable.url, candidate: candidate.url, weight: '5%', ...settings };
  const start = () => startWeir(both, systemClock, seededRandom(1));
  return { start, weir: await start() };
}

const USERS = 200;

/** Which of the users got the candidate. */
async function candidates(weir: Weir, headersOf: (user: number) => Record<string, string>): Promise<Set<number>> {
  const texts = await Promise.all(
    Array.from({ length: USERS }, async (_, user) => (await ask(weir.traffic, { headers: headersOf(user) })).text),
  );
  return new Set(texts.flatMap((text, user) => (text === 'candidate' ? [user] : [])));
}

/** Raises the weight step by step and rolls back; says who was on the candidate at each step. */
async function expectMonotone(weir: Weir, headersOf: (user: number) => Record<string, string>): Promise<void> {
  let before = new Set<number>();
  for (const weight of [5, 25, 50, 100]) {
    await weir.change('PUT', '/v1/weights', { candidate: weight });
    const now = await candidates(weir, headersOf);
    expect(before.isSubsetOf(now)).toBe(true);
    expect(Math.abs(now.size - (USERS * weight) / 100)).toBeLessThan(USERS * 0.12);
    expect(await candidates(weir, headersOf)).toEqual(now);
    before = now;
  }
  await weir.change('POST', '/v1/rollback', { reason: 'bad' });
  expect((await candidates(weir, headersOf)).size).toBe(0);
}

const bucketOf = (setCookie: readonly string[] | undefined): string =>
  /^weir=(\d{1,4});/.exec(setCookie?.[0] ?? '')![1]!;

describe('stickiness by cookie', () => {
  it('moves no user back when the weight rises, and everyone when it is rolled back', async () => {
    const { weir } = await startPair({ sticky: { cookie: 'weir' } });
    const answers = await Promise.all(Array.from({ length: USERS }, () => ask(weir.traffic)));
    const buckets = answers.map(({ headers }) => bucketOf(headers['set-cookie']));
    await expectMonotone(weir, (user) => ({ cookie: `theme=dark; weir=${buckets[user]}; a=b` }));
  });

  it('gives a new user a cookie that scripts cannot read and that holds no side, and an old one none', async () => {
    const { weir } = await startPair({ sticky: { cookie: 'weir' } });
    const first = await ask(weir.traffic);
    expect(first.headers['set-cookie']).toEqual([
      expect.stringMatching(/^weir=\d{1,4}; Path=\/; Max-Age=31536000; HttpOnly; SameSite=Lax$/),
    ]);
    const cookie = `weir=${bucketOf(first.headers['set-cookie'])}`;
    expect((await ask(weir.traffic, { headers: { cookie } })).headers['set-cookie']).toBeUndefined();
  });

  it('marks the cookie Secure when the client came by https', async () => {
    const { weir } = await startPair({ sticky: { cookie: 'weir' } });
    const { headers } = await ask(weir.traffic, { headers: { 'x-forwarded-proto': 'https' } });
    expect(headers['set-cookie']?.[0]).toMatch(/; Secure$/);
  });

  it.each(['weir=', 'weir=x', 'weir=-1', 'weir=12345', 'weir=1e3', 'weir="7"', 'WEIR=7', 'xweir=7', 'weir', ';;;=;'])(
    'takes "%s" for no cookie at all',
    async (cookie) => {
      const { weir } = await startPair({ sticky: { cookie: 'weir' } });
      const answer = await ask(weir.traffic, { headers: { cookie } });
      expect(answer.status).toBe(200);
      expect(bucketOf(answer.headers['set-cookie'])).toMatch(/^\d{1,4}$/);
    },
  );

  it('adds its cookie to those of the upstream', async () => {
    const stable = await startUpstream('stable', (_request, response) => {
      response.setHeader('set-cookie', ['a=1', 'b=2']).end();
    });
    const weir = await startWeir({ stable: stable.url, candidate: stable.url, sticky: { cookie: 'weir' } });
    expect((await ask(weir.traffic)).headers['set-cookie']).toHaveLength(3);
  });

  it('gives no cookie where there is no candidate to be kept on', async () => {
    const stable = await startUpstream('stable');
    const weir = await startWeir({ stable: stable.url, sticky: { cookie: 'weir' } });
    expect((await ask(weir.traffic)).headers['set-cookie']).toBeUndefined();
  });
});

describe('stickiness by header', () => {
  const userOf = (user: number) => ({ 'x-user-id': `user-${user}` });

  it('moves no user back when the weight rises, and everyone when it is rolled back', async () => {
    const { weir } = await startPair({ sticky: { header: 'X-User-Id' } });
    await expectMonotone(weir, userOf);
  });

  it('is the same on every sidecar of the service, without a word between them', async () => {
    const { start, weir } = await startPair({ sticky: { header: 'x-user-id' }, weight: '40%' });
    expect(await candidates(await start(), userOf)).toEqual(await candidates(weir, userOf));
  });

  it('draws for who bears no header, and sets no cookie', async () => {
    const { weir } = await startPair({ sticky: { header: 'x-user-id' }, weight: '50%' });
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(weir.traffic)));
    expect(answers.filter(({ text }) => text === 'candidate')).toHaveLength(10);
    expect(answers.every(({ headers }) => headers['set-cookie'] === undefined)).toBe(true);
  });
});
