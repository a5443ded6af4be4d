import request from 'supertest';
import { describe, expect, it } from 'vitest';
import { createAdminApi } from '../../src/admin/api.ts';
import type { AdminParts } from '../../src/admin/api.ts';
import { createDoors } from '../../src/admin/doors.ts';
import { PROBLEMS } from '../../src/admin/problems.ts';
import type { Command, RefusalCode } from '../../src/model/command.ts';
import { eventOf, shifting, snapshotOf } from './fixtures.ts';

function setUp(parts: Partial<AdminParts> = {}) {
  const commands: Command[] = [];
  const reported: unknown[] = [];
  let revision = shifting.revision;
  const app = createAdminApi({
    look: () => snapshotOf({ ...shifting, revision }),
    history: (limit) => Array.from({ length: Math.min(limit, 200) }, (_, index) => eventOf(index + 1)),
    ask: async (command) => {
      commands.push(command);
      revision += 1;
      return { ok: true };
    },
    report: (error) => reported.push(error),
    ...parts,
  });
  return { api: request(app), commands, reported };
}

const problem = (code: keyof typeof PROBLEMS) =>
  expect.objectContaining({ type: `/problems/${code}`, code, ...PROBLEMS[code], detail: expect.any(String) });

describe('reading', () => {
  it('answers the status with its revision as ETag', async () => {
    const { api } = setUp();
    const answer = await api
      .get('/v1/status')
      .expect(200)
      .expect('ETag', '"5"')
      .expect('Content-Type', /^application\/json/);
    expect(answer.body).toMatchObject({
      service: 'checkout',
      phase: 'shifting',
      weights: { stable: 95, candidate: 5 },
    });
  });

  it('answers HEAD like GET, without a body', async () => {
    const { api } = setUp();
    const answer = await api.head('/v1/status').expect(200).expect('ETag', '"5"');
    expect(answer.text).toBeUndefined();
  });

  it('ignores If-None-Match, because the windows change while the revision does not', async () => {
    const { api } = setUp();
    await api.get('/v1/status').set('If-None-Match', '"5"').expect(200);
  });

  it('answers the history, newest first, 100 unless told', async () => {
    const { api } = setUp();
    const answer = await api.get('/v1/history').expect(200);
    expect(answer.body.events).toHaveLength(100);
    expect(answer.body.events[0].seq).toBe(100);
    const one = await api.get('/v1/history?limit=1').expect(200);
    expect(one.body.events).toHaveLength(1);
  });

  it.each(['limit=0', 'limit=1001', 'limit=x', 'limit=1&limit=2', 'limit[a]=1', 'limt=5', '__proto__=1'])(
    'refuses a history of ?%s',
    async (query) => {
      const { api } = setUp();
      const answer = await api.get(`/v1/history?${query}`).expect(400);
      expect(answer.body).toEqual(problem('invalid-query'));
    },
  );

  it('sets headers that leave a browser nothing to misuse, and does not name its framework', async () => {
    const { api } = setUp();
    const { headers } = await api.get('/v1/status');
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none';base-uri 'none';form-action 'none';frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
    });
    expect(headers).not.toHaveProperty('x-powered-by');
    expect(headers).not.toHaveProperty('access-control-allow-origin');
  });
});

describe('changing', () => {
  it('sets weights and answers with the new status', async () => {
    const { api, commands } = setUp();
    const answer = await api
      .put('/v1/weights')
      .send({ candidate: 5, reason: 'more' })
      .expect(200)
      .expect('ETag', '"6"');
    expect(answer.body.revision).toBe(6);
    expect(commands).toEqual([{ kind: 'set-weights', actor: 'operator', reason: 'more', weights: { candidate: 5 } }]);
  });

  it('rolls back', async () => {
    const { api, commands } = setUp();
    await api.post('/v1/rollback').send({ reason: 'bad' }).expect(200);
    expect(commands).toEqual([{ kind: 'roll-back', actor: 'operator', reason: 'bad' }]);
  });

  it('rolls back without any body, because in need every key is one too many', async () => {
    const { api, commands } = setUp();
    await api.post('/v1/rollback').set('Content-Type', 'application/json').expect(200);
    expect(commands).toHaveLength(1);
  });

  it('starts a candidate', async () => {
    const { api, commands } = setUp();
    const candidate = { version: 'v1.4.0', url: 'http://127.0.0.1:3002', image: 'i' };
    await api.post('/v1/rollout').send(candidate).expect(200);
    expect(commands).toEqual([{ kind: 'start', actor: 'operator', reason: 'no reason given', candidate }]);
  });

  it.each<[string, object, object]>([
    ['/v1/rollout/pause', {}, { kind: 'pause' }],
    ['/v1/rollout/resume', {}, { kind: 'resume' }],
    ['/v1/rollout/advance', {}, { kind: 'advance' }],
    ['/v1/rollout/promote', { reason: 'r', force: true }, { kind: 'promote', force: true }],
    ['/v1/rollback', { to: 'v1.2.2' }, { kind: 'roll-back', to: 'v1.2.2' }],
    ['/v1/switch', { version: 'v1.2.2' }, { kind: 'switch', version: 'v1.2.2' }],
    ['/v1/automation', { enabled: true }, { kind: 'set-automation', enabled: true }],
    [
      '/v1/releases',
      { version: 'v2', url: 'http://127.0.0.1:1' },
      { kind: 'register', release: { version: 'v2', url: 'http://127.0.0.1:1' } },
    ],
  ])('asks by POST %s %j', async (path, body, command) => {
    const { api, commands } = setUp();
    await api.post(path).set('If-Match', '"5"').send(body).expect(200);
    expect(commands).toMatchObject([{ ...command, actor: 'operator', expectedRevision: 5 }]);
  });

  it('lists the releases with what became of them', async () => {
    const { api } = setUp();
    const { body } = await api.get('/v1/releases').expect(200);
    expect(body.releases).toEqual([
      { version: 'v1.2.3', url: 'http://127.0.0.1:3000', status: 'stable', since: '2026-11-20T12:00:00.000Z' },
    ]);
  });

  it('hands If-Match on as the expected revision', async () => {
    const { api, commands } = setUp();
    await api.put('/v1/weights').set('If-Match', '"5"').send({ candidate: 5 }).expect(200);
    await api.put('/v1/weights').set('If-Match', '*').send({ candidate: 5 }).expect(200);
    expect(commands[0]).toHaveProperty('expectedRevision', 5);
    expect(commands[1]).not.toHaveProperty('expectedRevision');
  });

  it.each(['5', 'W/"5"', '"5", "6"', '"x"'])('refuses If-Match: %s', async (header) => {
    const { api, commands } = setUp();
    const answer = await api.put('/v1/weights').set('If-Match', header).send({ candidate: 5 }).expect(400);
    expect(answer.body).toEqual(problem('malformed-if-match'));
    expect(commands).toEqual([]);
  });

  it.each<[RefusalCode, number]>([
    ['revision-mismatch', 412],
    ['no-candidate', 409],
    ['unknown-version', 404],
    ['version-conflict', 409],
    ['wrong-phase', 409],
    ['unhealthy', 409],
    ['gate-closed', 409],
    ['automation-frozen', 409],
    ['force-not-allowed', 409],
    ['invalid-weights', 422],
    ['state-not-writable', 503],
    ['store-unavailable', 503],
  ])('answers the refusal %s with %i', async (code, status) => {
    const { api } = setUp({ ask: async () => ({ ok: false, refusal: { code, message: 'because' } }) });
    const answer = await api.put('/v1/weights').send({ candidate: 5 }).expect(status);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(answer.body).toEqual(problem(code));
    expect(answer.body.detail).toBe('because');
  });
});

describe('a body', () => {
  it('with several mistakes is answered with all of them', async () => {
    const { api } = setUp();
    const answer = await api.post('/v1/rollout').send({ url: 5, x: 1 }).expect(422);
    expect(answer.body.mistakes.map(({ at }: { at: string }) => at).toSorted()).toEqual(['url', 'version', 'x']);
  });

  it.each(['{"__proto__": {"candidate": 5}}', '{"__proto__": 5}', '{"constructor": 100}', '{"\\u005f_proto__": 5}'])(
    'that would pollute a prototype is refused: %s',
    async (text) => {
      const { api, commands } = setUp();
      const answer = await api.put('/v1/weights').set('Content-Type', 'application/json').send(text).expect(422);
      expect(answer.body).toEqual(problem('invalid-body'));
      expect(commands).toEqual([]);
    },
  );

  it.each([
    '{"candidate": five}',
    '{"candidate": 5',
    '{candidate: 5}',
    'candidate=5',
    '{"candidate": 5}{}',
    "{'candidate': 5}",
  ])('that is not JSON is refused, and the answer says where: %s', async (text) => {
    const { api } = setUp();
    const answer = await api.put('/v1/weights').set('Content-Type', 'application/json').send(text).expect(400);
    expect(answer.body).toEqual(problem('malformed-json'));
    expect(answer.body.detail).toMatch(/position \d+|is not valid JSON/);
  });

  it('that is not UTF-8 is refused', async () => {
    const { api } = setUp();
    const put = api.put('/v1/weights').set('Content-Type', 'application/json');
    put.write(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x35, 0x7d]));
    const answer = await put.expect(400);
    expect(answer.body).toEqual(problem('malformed-json'));
  });

  it('nested to the limit is refused and brings nothing down', async () => {
    const { api } = setUp();
    const text = `{"candidate": ${'['.repeat(30_000)}${']'.repeat(30_000)}}`;
    await api.put('/v1/weights').set('Content-Type', 'application/json').send(text).expect(422);
  });

  it.each(['[]', 'null', '5', '"x"', '[{"candidate": 5}]'])('that is no object is refused: %s', async (text) => {
    const { api } = setUp();
    const answer = await api.put('/v1/weights').set('Content-Type', 'application/json').send(text).expect(422);
    expect(answer.body).toEqual(problem('invalid-body'));
  });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonx',
    'application/json; charset=utf-16',
    'text/plain; application/json',
    'application/merge-patch+json',
  ])('of type %s is refused, because forms of other sites can send it', async (type) => {
    const { api, commands } = setUp();
    const answer = await api.put('/v1/weights').set('Content-Type', type).send('{"candidate": 5}').expect(415);
    expect(answer.body).toEqual(problem('unsupported-media-type'));
    expect(commands).toEqual([]);
  });

  it('of no type is refused', async () => {
    const { api } = setUp();
    await api.post('/v1/rollback').expect(415);
  });

  it('that is compressed is refused, because a few bytes can become millions', async () => {
    const { api } = setUp();
    const put = api.put('/v1/weights').set('Content-Type', 'application/json').set('Content-Encoding', 'gzip');
    await put.send('{}').expect(415);
  });
});

describe('a path', () => {
  it.each(['/v1', '/v1/status/', '/V1/status', '/v1/rollout/hurry', '/v1/%ff', '/v1/../etc', '//v1/status'])(
    '%s is not there',
    async (path) => {
      const { api } = setUp();
      const answer = await api.get(path).expect(404);
      expect(answer.body).toEqual(problem('not-found'));
    },
  );

  it('is nothing at a path with an escape that stands for no character, and nothing has failed', async () => {
    const { api, reported } = setUp();
    expect((await api.get('/problems/%ff').expect(404)).body).toEqual(problem('not-found'));
    expect(reported).toEqual([]);
  });

  it.each([
    ['/v1/status', 'post', 'GET, HEAD'],
    ['/v1/status', 'options', 'GET, HEAD'],
    ['/v1/history', 'delete', 'GET, HEAD'],
    ['/v1/weights', 'get', 'PUT'],
    ['/v1/weights', 'post', 'PUT'],
    ['/v1/weights', 'options', 'PUT'],
    ['/v1/rollback', 'get', 'POST'],
    ['/v1/rollout', 'put', 'POST'],
    ['/v1/rollout/pause', 'get', 'POST'],
    ['/v1/switch', 'get', 'POST'],
    ['/v1/automation', 'put', 'POST'],
    ['/v1/releases', 'put', 'GET, HEAD, POST'],
  ] as const)('%s refuses %s and names %s', async (path, method, allowed) => {
    const { api, commands } = setUp();
    const answer = await api[method](path).expect(405).expect('Allow', allowed);
    expect(answer.body).toEqual(problem('method-not-allowed'));
    expect(commands).toEqual([]);
  });
});

describe('a stranger', () => {
  it('who rebinds a name of his own to this machine may not even read', async () => {
    const { api } = setUp();
    const answer = await api.get('/v1/status').set('Host', 'evil.example:9901').expect(403);
    expect(answer.body).toEqual(problem('host-not-allowed'));
  });

  it('whose page asks from elsewhere changes nothing', async () => {
    const { api, commands } = setUp();
    const put = api.put('/v1/weights').set('Origin', 'https://evil.example');
    const answer = await put.send({ candidate: 100 }).expect(403);
    expect(answer.body).toEqual(problem('origin-not-allowed'));
    expect(commands).toEqual([]);
  });

  it('may not probe which paths there are', async () => {
    const { api } = setUp();
    await api.get('/nowhere').set('Host', 'evil.example').expect(403);
  });

  it('is none when the name was configured', async () => {
    const { api } = setUp({ doors: createDoors({ hosts: ['weir.internal'] }) });
    await api.get('/v1/status').set('Host', 'weir.internal:9901').expect(200);
  });
});

describe('an error inside', () => {
  const secret = new Error('secret at line 5');

  it.each<[string, Partial<AdminParts>]>([
    [
      'looking',
      {
        look: () => {
          throw secret;
        },
      },
    ],
    ['asking', { ask: () => Promise.reject(secret) }],
  ])('while %s is reported, and the client learns nothing of it', async (_when, parts) => {
    const { api, reported } = setUp(parts);
    const answer = await api.put('/v1/weights').send({ candidate: 5 }).expect(500);
    expect(answer.body).toEqual({ ...problem('internal-error').sample, detail: 'internal error' });
    expect(answer.text).not.toContain('secret');
    expect(reported).toEqual([secret]);
  });
});
