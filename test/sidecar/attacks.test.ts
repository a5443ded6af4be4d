import { describe, expect, it } from 'vitest';
import { slowClock } from './ahead.ts';
import { ask, connectRaw, keepAliveAgent } from './client.ts';
import { eventually } from './eventually.ts';
import type { Guarded } from './guarded.ts';
import { bearer, refusalOf, startGuarded, tokenOf } from './guarded.ts';

const json = { 'content-type': 'application/json' };
const ROLLBACK = { path: '/v1/rollback', body: '{"reason": "attack"}' };

/** Sends a rollback, which would change everything, with the right token and these headers. */
const rollback = ({ send, operator }: Guarded, headers: Record<string, string>, body = ROLLBACK.body) =>
  send('POST', ROLLBACK.path, { headers: { ...bearer(operator), ...headers }, body });

const CHANGES: readonly [string, string, object][] = [
  ['PUT', '/v1/weights', { candidate: 100 }],
  ['POST', '/v1/rollback', {}],
  ['POST', '/v1/rollout', { version: 'v9', url: 'http://127.0.0.1:9' }],
  ['POST', '/v1/rollout/pause', {}],
  ['POST', '/v1/rollout/resume', {}],
  ['POST', '/v1/rollout/advance', {}],
  ['POST', '/v1/rollout/promote', {}],
  ['POST', '/v1/switch', { version: 'v2' }],
  ['POST', '/v1/releases', { version: 'v9', url: 'http://127.0.0.1:9' }],
  ['POST', '/v1/automation', { enabled: false }],
];

const STRANGERS: readonly [string, (guarded: Guarded) => Record<string, string>, string][] = [
  ['without a token', () => ({}), '401 unauthenticated'],
  ['with an unknown token', () => bearer(tokenOf().token), '401 invalid-token'],
  [
    'with a known id and a wrong secret',
    ({ operator }) => bearer(`${operator.slice(0, 18)}${'0'.repeat(64)}`),
    '401 invalid-token',
  ],
  ['with a token and something behind it', ({ operator }) => bearer(`${operator}0`), '401 invalid-token'],
  ['with a token in upper case', ({ operator }) => bearer(operator.toUpperCase()), '401 invalid-token'],
  ['with the hash of a token', () => bearer('weir_000000000000_'), '401 invalid-token'],
  [
    'with a token by Basic',
    ({ operator }) => ({ authorization: `Basic ${btoa(`:${operator}`)}` }),
    '401 invalid-token',
  ],
  ['with a token in a cookie', ({ operator }) => ({ cookie: `token=${operator}` }), '401 unauthenticated'],
  ['with a JWT where none is believed', () => bearer('eyJhbGciOiJub25lIn0.e30.'), '401 invalid-token'],
  ['as a viewer', ({ viewer }) => bearer(viewer), '403 not-permitted'],
];

describe.each(STRANGERS)('whoever comes %s', (_name, headersOf, refusal) => {
  it('changes nothing by any path, and the journal and the status stay as they are', async () => {
    const guarded = await startGuarded();
    const before = await guarded.standing();
    for (const [method, path, body] of CHANGES) {
      const answer = await guarded.send(method, path, { headers: headersOf(guarded), body: JSON.stringify(body) });
      expect([path, refusalOf(answer)]).toEqual([path, refusal]);
      if (answer.status === 401) expect(answer.headers['www-authenticate']).toMatch(/^Bearer realm="weir"/);
    }
    expect(await guarded.standing()).toEqual(before);
  });
});

describe.each(STRANGERS.filter(([, , refusal]) => refusal.startsWith('401')))(
  'whoever comes %s',
  (_name, headersOf, refusal) => {
    it('reads nothing, and does not learn which paths there are', async () => {
      const guarded = await startGuarded();
      for (const path of [
        '/v1/status',
        '/v1/history',
        '/v1/releases',
        '/v1/whoami',
        '/v1/events',
        '/openapi.json',
        '/x',
      ]) {
        expect([path, refusalOf(await guarded.send('GET', path, { headers: headersOf(guarded) }))]).toEqual([
          path,
          refusal,
        ]);
      }
      expect(refusalOf(await guarded.send('OPTIONS', '/v1/rollback', { headers: headersOf(guarded) }))).toBe(refusal);
    });
  },
);

describe('a web page somewhere else', () => {
  it.each<[string, Record<string, string>, string]>([
    ['posts across origins', { origin: 'https://evil.example' }, '403 origin-not-allowed'],
    ['posts from a sandbox', { origin: 'null' }, '403 origin-not-allowed'],
    ['posts with what a browser calls cross-site', { 'sec-fetch-site': 'cross-site' }, '403 origin-not-allowed'],
    [
      'pretends to follow a link',
      { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' },
      '403 origin-not-allowed',
    ],
    ['rebinds its own name', { host: 'evil.example:9901' }, '403 host-not-allowed'],
    ['rebinds its own name, which ends like ours', { host: 'localhost.evil.example' }, '403 host-not-allowed'],
    ['sends a form', { 'content-type': 'application/x-www-form-urlencoded' }, '415 unsupported-media-type'],
    ['sends plain text', { 'content-type': 'text/plain' }, '415 unsupported-media-type'],
    ['sends JSON under a false name', { 'content-type': 'text/plain; application/json' }, '415 unsupported-media-type'],
    [
      'sends a beacon',
      { 'content-type': 'text/plain;charset=UTF-8', origin: 'https://evil.example' },
      '403 origin-not-allowed',
    ],
  ])('%s, is refused even with a right token, and changes nothing', async (_name, headers, refusal) => {
    const guarded = await startGuarded();
    const before = await guarded.standing();
    expect(refusalOf(await rollback(guarded, headers))).toBe(refusal);
    expect(await guarded.standing()).toEqual(before);
  });

  it('gets no leave from a preflight', async () => {
    const { send } = await startGuarded();
    const headers = { origin: 'https://evil.example', 'access-control-request-method': 'POST' };
    const answer = await send('OPTIONS', '/v1/rollback', { headers });
    expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([403, undefined]);
  });

  it('may link to the page, which is for everybody', async () => {
    const { send } = await startGuarded();
    const headers = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
    expect((await send('GET', '/', { headers })).status).not.toBe(403);
    expect((await send('GET', '/', { headers: { ...headers, 'sec-fetch-dest': 'iframe' } })).status).toBe(403);
  });
});

describe('a hostile body', () => {
  const deep = (open: string, close: string, depth: number) => `${open.repeat(depth)}1${close.repeat(depth)}`;

  it.each<[string, string, number[]]>([
    ['too long', `{"reason": "${'x'.repeat(70_000)}"}`, [413]],
    ['nested ten thousand deep', deep('[', ']', 10_000), [422]],
    ['nested deep in a key', `{"reason": ${deep('{"a":', '}', 8000)}}`, [422]],
    ['nested deep in an unknown key', `{"x": ${deep('[', ']', 20_000)}}`, [422]],
    ['without an end', deep('[', '', 30_000), [400]],
    ['with a prototype', '{"__proto__": {"force": true}, "constructor": {"prototype": {"role": "operator"}}}', [422]],
    ['with a thousand keys', `{${Array.from({ length: 5000 }, (_, key) => `"k${key}": 1`).join(',')}}`, [422]],
    ['of bytes that are no text', 'a', [400]],
  ])('that is %s is refused, and changes nothing', async (_name, body, statuses) => {
    const guarded = await startGuarded();
    const before = await guarded.standing();
    expect(statuses).toContain((await rollback(guarded, {}, body)).status);
    expect(await guarded.standing()).toEqual(before);
  });

  it('of a stranger is not read to its end', async () => {
    const { admin, weir } = await startGuarded();
    const raw = connectRaw(
      weir.ports.admin,
      `POST /v1/rollback HTTP/1.1\r\nhost: ${admin.slice(7)}\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n`,
    );
    await eventually(() => expect(raw.text()).toMatch(/^HTTP\/1.1 401 [^]*Connection: close/));
    const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`;
    const writeMore = (): void => {
      if (!raw.socket.destroyed) raw.socket.write(chunk, () => setImmediate(writeMore));
    };
    writeMore();
    await eventually(() => expect(raw.isClosed()).toBe(true));
  });
});

describe('a path', () => {
  it.each([
    '/page/../v1/status',
    '/page/..%2fv1/status',
    '/page/%2e%2e/v1/status',
    '/page/..%5c..%5cetc/passwd',
    '/page/../../../../etc/passwd',
    '/page/%2e%2e%2f%2e%2e%2fetc%2fpasswd',
    '/page/....//....//etc/passwd',
    '/page/%00',
    '/page/\\..\\..\\package.json',
    '//etc/passwd',
    '/page//etc/passwd',
  ])('like %s leads to nothing for a stranger', async (path) => {
    const { weir } = await startGuarded();
    const raw = connectRaw(weir.ports.admin, `GET ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`);
    await eventually(() => expect(raw.isClosed()).toBe(true));
    expect(raw.text()).toMatch(/^HTTP\/1.1 (?:400|401|403|404) /);
    expect(raw.text()).not.toMatch(/root:|"phase"|"dependencies"/);
  });

  it.each(['/V1/status', '/v1/status/', '//v1/status', '/v1//status', '/v1/status%00', '/v1/st%61tus/..'])(
    'like %s is none of ours, whoever asks',
    async (path) => {
      const { send, operator } = await startGuarded();
      expect(refusalOf(await send('GET', path, { headers: bearer(operator) }))).toBe('404 not-found');
    },
  );

  it('in the form for proxies obeys the same rules', async () => {
    const { weir } = await startGuarded();
    const raw = connectRaw(
      weir.ports.admin,
      'GET http://localhost/v1/status HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n',
    );
    await eventually(() => expect(raw.text()).toMatch(/^HTTP\/1.1 401 /));
  });
});

describe('two headers where one is meant', () => {
  it.each([
    ['Host', 'host: localhost\r\nhost: evil.example', '400'],
    ['Authorization', 'host: localhost\r\nauthorization: Bearer TOKEN\r\nauthorization: Bearer x', '401'],
  ])('are refused: %s', async (_name, lines, status) => {
    const { weir, operator } = await startGuarded();
    const head = `GET /v1/status HTTP/1.1\r\n${lines.replace('TOKEN', operator)}\r\nconnection: close\r\n\r\n`;
    const raw = connectRaw(weir.ports.admin, head);
    await eventually(() => expect(raw.text()).toMatch(/^HTTP\/1.1 4/));
    expect(['400', '401', '403']).toContain(raw.text().slice(9, 12));
    expect(Number(raw.text().slice(9, 12))).toBeLessThanOrEqual(status === '400' ? 403 : 401);
  });
});

describe('ten thousand wrong tokens', () => {
  it('are limited, hold up no right one, and change nothing', async () => {
    // However long this takes on a slow machine, it is all within the minute of the limit.
    const guarded = await startGuarded({}, slowClock);
    const { admin, operator } = guarded;
    const before = await guarded.standing();
    const agent = keepAliveAgent(16);
    const counts = new Map<string, number>();
    const ours: number[] = [];
    for (let round = 0; round < 100; round += 1) {
      const answers = await Promise.all(
        Array.from({ length: 100 }, () =>
          ask(`${admin}${ROLLBACK.path}`, {
            method: 'POST',
            agent,
            body: ROLLBACK.body,
            headers: { ...json, ...bearer(tokenOf().token) },
          }),
        ),
      );
      for (const answer of answers) counts.set(refusalOf(answer), (counts.get(refusalOf(answer)) ?? 0) + 1);
      if (answers.at(-1)!.status === 429) expect(Number(answers.at(-1)!.headers['retry-after'])).toBeGreaterThan(0);
      ours.push((await ask(`${admin}/v1/status`, { agent, headers: bearer(operator) })).status);
    }
    expect(Object.fromEntries(counts)).toEqual({ '401 invalid-token': 30, '429 too-many-failures': 9970 });
    expect(new Set(ours)).toEqual(new Set([200]));
    expect(await guarded.standing()).toEqual(before);
    expect((await rollback(guarded, {})).status).toBe(200);
    const said = guarded.weir.lines.filter(({ level }) => level === 'warn');
    expect(said.length).toBeLessThanOrEqual(32);
  }, 600_000);
});

describe('every answer', () => {
  it('leaves a browser nothing to misuse', async () => {
    const { send, operator } = await startGuarded();
    for (const [path, headers] of [
      ['/v1/status', bearer(operator)],
      ['/v1/status', {}],
      ['/', {}],
    ] as const) {
      const answer = await send('GET', path, { headers });
      expect(answer.headers).toMatchObject({
        'content-security-policy': expect.stringContaining("default-src 'none'"),
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        // The page's own files hold nothing of the service, and may be kept as long as they are asked for again.
        'cache-control': path === '/' ? 'no-cache' : 'no-store',
        'referrer-policy': 'no-referrer',
      });
      expect(answer.headers).not.toHaveProperty('x-powered-by');
    }
  });
});
