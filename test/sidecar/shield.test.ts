import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import type { Clock } from '../../src/support/clock.ts';
import { clockAhead } from './ahead.ts';
import type { Asked } from './client.ts';
import { ask, askMany, connectRaw } from './client.ts';
import { eventually } from './eventually.ts';
import { startLoad } from './load.ts';
import type { Settings } from './settings.ts';
import { freePort } from '../ports.ts';
import { failing, silent, startRawUpstream, startUpstream } from './upstream.ts';
import { startWeir } from './weir.ts';

const ERRORS = { rule: 'plain', window: '10s', errors: '5%', minRequests: 10 };

/** Everything goes to a candidate that fails, and stable is well. */
async function startBroken(settings: Partial<Settings> = {}, clock?: Clock) {
  const [stable, candidate] = [
    await startUpstream('stable'),
    await startUpstream('candidate', failing, await freePort()),
  ];
  const weir = await startWeir({ stable: stable.url, candidate: candidate.url, weight: '100%', ...settings }, clock);
  const send = (asked: Asked) => ask(weir.traffic, asked);
  return { stable, candidate, weir, send };
}

/** Echoes the request's body. */
function echo(request: IncomingMessage, response: ServerResponse): void {
  request.pipe(response);
}

describe('the shield', () => {
  it('lets no user see a candidate that fails every request, and the reset comes after as few of them as without it', async () => {
    const counts = [];
    for (const methods of [['GET'], []]) {
      const [stable, candidate] = [await startUpstream('stable'), await startUpstream('candidate', failing)];
      const shield = { methods, budget: '100%' };
      const weir = await startWeir({
        stable: stable.url,
        candidate: candidate.url,
        weight: '20%',
        guards: ERRORS,
        shield,
      });
      const load = startLoad(weir.traffic, { perSecond: 200 });
      await eventually(async () => expect((await weir.status()).phase).toBe('rolled-back'));
      await load.stop();
      expect(load.failures).toEqual([]);
      const failed = load.answers.filter(({ status }) => status !== 200);
      expect(failed).toHaveLength(methods.length === 0 ? candidate.requests.length : 0);
      const isCounted = { upstream: 'candidate', reason: 'status' };
      expect(await weir.metric('weir_request_failures_total', isCounted)).toBe(candidate.requests.length);
      expect(await weir.metric('weir_shielded_total')).toBe(methods.length === 0 ? 0 : candidate.requests.length);
      expect(await weir.metric('weir_request_failures_total', { upstream: 'stable' })).toBe(0);
      counts.push(candidate.requests.length);
    }
    // Ten are needed for a verdict; what comes between two beats comes on top, in both.
    for (const count of counts) expect([count >= 10, count <= 30]).toEqual([true, true]);
  });

  it('covers a candidate that refuses', async () => {
    const { candidate, weir, send } = await startBroken();
    await candidate.close();
    expect(await send({})).toMatchObject({ status: 200, text: 'stable' });
    expect(await weir.metric('weir_request_failures_total', { upstream: 'candidate', reason: 'refused' })).toBe(1);
  });

  it.each([
    ['resets', 'reset', ''],
    ['dies inside its head', 'reset', 'HTTP/1.1 200 OK\r\nX-Half'],
    ['answers with nonsense', 'malformed', 'what?\r\n\r\n'],
  ])('covers a candidate that %s', async (_name, reason, bytes) => {
    const stable = await startUpstream('stable');
    const candidate = await startRawUpstream((socket) => void socket.end(bytes));
    const weir = await startWeir({ stable: stable.url, candidate: candidate.url, weight: '100%' });
    expect(await ask(weir.traffic)).toMatchObject({ status: 200, text: 'stable' });
    expect(await weir.metric('weir_request_failures_total', { upstream: 'candidate', reason })).toBe(1);
  });

  it('covers a candidate that hangs, when timeouts.head is over', async () => {
    const clock = clockAhead();
    const { candidate, weir, send } = await startBroken({ timeouts: { head: '30s' } }, clock);
    candidate.answer = silent;
    const answer = send({});
    await eventually(() => expect(candidate.requests).toHaveLength(1));
    clock.jump(30_000);
    expect(await answer).toMatchObject({ status: 200, text: 'stable' });
    expect(await weir.metric('weir_request_failures_total', { upstream: 'candidate', reason: 'timed-out' })).toBe(1);
  });

  it('counts a request that stable cannot answer either for nobody on the candidate’s side', async () => {
    const { stable, weir } = await startBroken({ guards: ERRORS, shield: { budget: '100%' } });
    stable.answer = failing;
    const answers = await askMany(weir.traffic, 40);
    expect(answers.every(({ status, text }) => status === 500 && text === 'broken')).toBe(true);
    expect((await weir.status()).window.candidate).toMatchObject({ requests: 0, errors: 0 });
    expect(await weir.metric('weir_request_failures_total', { upstream: 'candidate' })).toBe(0);
    expect(await weir.metric('weir_shielded_total')).toBe(40);
    expect((await weir.status()).phase).toBe('shifting');
  });

  it('is no evidence about stable, whose answers to replays stand in no window', async () => {
    const { weir } = await startBroken();
    await askMany(weir.traffic, 10);
    const { window } = await weir.status();
    expect([window.stable.requests, window.candidate.requests, window.candidate.errors]).toEqual([0, 10, 10]);
  });

  it('stops replaying when the budget is spent, so that a bad candidate cannot flood stable', async () => {
    const { stable, weir } = await startBroken({ shield: { budget: '10%' } });
    const answers = await askMany(weir.traffic, 300);
    const shielded = answers.filter(({ status }) => status === 200).length;
    // A hundred are saved up at first, and each request earns a tenth of another.
    expect(shielded).toBeGreaterThanOrEqual(100);
    expect(shielded).toBeLessThanOrEqual(130);
    expect(stable.requests).toHaveLength(shielded);
  });

  it('replays a body within its limit whole, and none beyond it', async () => {
    const { stable, send } = await startBroken({ shield: { methods: ['PUT'], bodyLimit: '64KiB' } });
    stable.answer = echo;
    const small = Buffer.alloc(65_536, 'abc');
    expect((await send({ method: 'PUT', body: small })).text).toBe(small.toString());
    expect((await send({ method: 'PUT', body: Buffer.alloc(65_537) })).status).toBe(500);
    expect(stable.requests).toHaveLength(1);
  });

  it('replays a chunked body that came in pieces', async () => {
    const { stable, weir } = await startBroken({ shield: { methods: ['PUT'] } });
    stable.answer = echo;
    const client = connectRaw(weir.ports.traffic, 'PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n');
    for (const piece of ['3\r\nab', 'c\r\n', '4;x=y\r\ndefg\r\n', '0\r\n', '\r\n']) {
      client.socket.write(piece);
      await new Promise((resolve) => void setImmediate(resolve));
    }
    await eventually(() => expect(client.text()).toMatch(/^HTTP\/1\.1 200 [\s\S]*abcdefg|3\r\nabc\r\n4\r\ndefg/));
  });

  it.each([
    ['POST', {}, { methods: ['GET'] }, 500],
    ['GET', {}, { methods: ['HEAD'] }, 500],
    ['HEAD', {}, { methods: ['HEAD'] }, 200],
    ['GET', {}, { methods: [] }, 500],
    ['POST', { 'idempotency-key': 'a' }, { methods: ['GET'] }, 500],
    ['POST', { 'idempotency-key': 'a' }, { methods: ['GET'], idempotencyKey: true }, 200],
    ['POST', {}, { methods: ['GET'], idempotencyKey: true }, 500],
    ['POST', { 'idempotency-key': 'a' }, { methods: [], idempotencyKey: true }, 500],
  ])('answers %s with %o under %o by %i', async (method, headers, shield, status) => {
    const { stable, candidate, send } = await startBroken({ shield });
    expect((await send({ method, headers })).status).toBe(status);
    expect([candidate.requests.length, stable.requests.length]).toEqual([1, status === 200 ? 1 : 0]);
  });

  it.each([
    [true, '1'],
    [false, undefined],
  ])('says so to the client only when told to (mark: %s)', async (mark, value) => {
    const { candidate, send } = await startBroken({ shield: { mark } });
    expect((await send({})).headers['x-weir-shielded']).toBe(value);
    candidate.answer = (_request, response) => void response.end('well');
    expect((await send({})).headers['x-weir-shielded']).toBeUndefined();
  });

  it('does not cover a forced request, which wants to see what the candidate says', async () => {
    const { stable, send } = await startBroken({ override: { header: 'x-side' } });
    expect(await send({ headers: { 'x-side': 'candidate' } })).toMatchObject({ status: 500, text: 'broken' });
    expect(stable.requests).toHaveLength(0);
  });

  it('leaves an answer alone of which the client has already seen something', async () => {
    const stable = await startUpstream('stable');
    const candidate = await startRawUpstream((socket) => {
      socket.end('HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 500 Broken\r\nContent-Length: 0\r\n\r\n');
    });
    const weir = await startWeir({ stable: stable.url, candidate: candidate.url, weight: '100%' });
    expect((await ask(weir.traffic)).status).toBe(500);
    expect(stable.requests).toHaveLength(0);
  });

  it('leaves stable’s own failures alone', async () => {
    const { stable, weir, send } = await startBroken({ weight: '0%' });
    stable.answer = failing;
    expect((await send({})).status).toBe(500);
    expect(stable.requests).toHaveLength(1);
    expect(await weir.metric('weir_shielded_total')).toBe(0);
  });
});
