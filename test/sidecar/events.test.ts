import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { MOST_STREAMS } from '../../src/admin/events.ts';
import { lineOfRevocation } from '../../src/config/tokens.ts';
import type { RolloutEvent } from '../../src/model/event.ts';
import type { Sample } from '../../src/model/feed.ts';
import { systemClock } from '../../src/support/clock.ts';
import { listenTo } from '../admin/event-stream.ts';
import { ask, askMany } from './client.ts';
import { eventually } from './eventually.ts';
import { bearer, startGuarded, tokenOf } from './guarded.ts';
import { startUpstream } from './upstream.ts';
import { startWeir } from './weir.ts';

async function start() {
  const [stable, candidate] = [await startUpstream('stable'), await startUpstream('candidate')];
  const weir = await startWeir({ stable: stable.url, candidate: candidate.url, weight: '20%' });
  return { weir, events: `http://127.0.0.1:${weir.ports.admin}/v1/events` };
}

describe('the events of a sidecar', () => {
  it('tell a rollback as it happens, and the requests of each second', async () => {
    const { weir, events } = await start();
    const { messages } = await listenTo(events);
    await askMany(weir.traffic, 100);
    const sum = () =>
      messages()
        .filter(({ event }) => event === 'sample')
        .map(({ content }) => (content as Sample).sides)
        .reduce((all, { stable, candidate }) => all + stable.requests + candidate.requests, 0);
    await eventually(() => expect(sum()).toBe(100));
    await weir.change('POST', '/v1/rollback', { reason: 'as a test' });
    const told = () =>
      messages().flatMap(({ event, content }) => (event === 'rollout' ? [content as RolloutEvent] : []));
    await eventually(() => expect(told()).toContainEqual(expect.objectContaining({ type: 'rolled-back' })));
    const heard = told();
    expect(await weir.history()).toEqual(expect.arrayContaining(heard));
  });

  it('go on where a client was, over a connection that broke', async () => {
    const { weir, events } = await start();
    const first = await listenTo(`${events}?only=rollout`);
    await weir.change('PUT', '/v1/weights', { candidate: 30 });
    await eventually(() => expect(first.ids().length).toBeGreaterThan(0));
    first.response.destroy();
    await weir.change('PUT', '/v1/weights', { candidate: 40 });
    await weir.change('PUT', '/v1/weights', { candidate: 50 });
    const second = await listenTo(`${events}?only=rollout`, { 'last-event-id': first.ids().at(-1)! });
    await eventually(() => expect(second.ids()).toHaveLength(2));
    const seqs = (await weir.history()).map(({ seq }) => String(seq)).toReversed();
    expect([...first.ids(), ...second.ids()]).toEqual(seqs.slice(-3));
  });

  it('leave their address room for a command, however many listen', async () => {
    const { weir, events } = await start();
    await Promise.all(Array.from({ length: MOST_STREAMS }, () => listenTo(`${events}?only=rollout`)));
    expect((await listenTo(events)).response.statusCode).toBe(503);
    expect((await weir.change('POST', '/v1/rollback', { reason: 'as a test' })).status).toBe(200);
  });

  it('end for a client when its token does', async () => {
    let aheadMs = 0;
    const clock = { monotonicMs: systemClock.monotonicMs, wallMs: () => systemClock.wallMs() + aheadMs };
    const lasting = tokenOf({ role: 'viewer', name: 'eve', expiresAtMs: null });
    const { admin, viewer } = await startGuarded({ tokens: [lasting.line] }, clock);
    const short = await listenTo(`${admin}/v1/events`, bearer(viewer));
    const long = await listenTo(`${admin}/v1/events`, bearer(lasting.token));
    await eventually(() => expect(short.count('sample')).toBeGreaterThan(0));
    expect(short.isEnded()).toBe(false);
    aheadMs = 3_600_000;
    await eventually(() => expect(short.isEnded()).toBe(true));
    expect(long.isEnded()).toBe(false);
    expect((await listenTo(`${admin}/v1/events`)).response.statusCode).toBe(401);
  });

  it.each<[string, (token: ReturnType<typeof tokenOf>) => string]>([
    ['was revoked', ({ line, id }) => line + lineOfRevocation(id, systemClock.wallMs())],
    ['is in the tokens file no more', () => ''],
    ['has another role there', ({ line }) => line.replace('"viewer"', '"operator"')],
    ['expires at another time', ({ line }) => line.replace(/"expires":"\d{4}/, '"expires":"2999')],
    ['has another secret', ({ line }) => line.replace(/"sha256":"[^"]*"/, `"sha256":"${'0'.repeat(64)}"`)],
  ])('end for a client whose token %s, and for no other', async (_how, rewrite) => {
    const eve = tokenOf({ role: 'viewer', name: 'eve' });
    const { admin, viewer, tokensFile, weir } = await startGuarded({ tokens: [eve.line] });
    const others = await listenTo(`${admin}/v1/events`, bearer(viewer));
    const hers = await listenTo(`${admin}/v1/events`, bearer(eve.token));
    const hersAlone = await listenTo(`${admin}/v1/events?only=rollout`, bearer(eve.token));
    writeFileSync(tokensFile, readFileSync(tokensFile, 'utf8').replace(eve.line, rewrite(eve)));
    await eventually(() => expect([hers.isEnded(), hersAlone.isEnded()]).toEqual([true, true]));
    expect(weir.lines.filter(({ message }) => message === 'the tokens file was read')).toHaveLength(2);
    const seconds = others.count('sample');
    await eventually(() => expect(others.count('sample')).toBeGreaterThan(seconds));
    expect(others.isEnded()).toBe(false);
  });

  it('go on while the tokens file cannot be read, for then nobody knows of a token that is revoked', async () => {
    const { admin, viewer, tokensFile, weir } = await startGuarded();
    const stream = await listenTo(`${admin}/v1/events`, bearer(viewer));
    rmSync(tokensFile);
    await eventually(() => expect(weir.lines.some(({ message }) => message.includes('cannot be read'))).toBe(true));
    const seconds = stream.count('sample');
    await eventually(() => expect(stream.count('sample')).toBeGreaterThan(seconds));
    expect(stream.isEnded()).toBe(false);
  });

  it('end as soon as it is told to stop, however long the drain takes', async () => {
    const held: ServerResponse[] = [];
    const stable = await startUpstream('stable', (_request, response) => void held.push(response));
    const weir = await startWeir({ stable: stable.url, timeouts: { drain: '60s' } });
    const events = `http://127.0.0.1:${weir.ports.admin}/v1/events`;
    const { isEnded } = await listenTo(events);
    const before = await listenTo(`${events}?only=rollout`);
    // What is under way keeps the drain from being over.
    const answer = ask(weir.traffic);
    await eventually(() => expect(held).toHaveLength(1));
    const stopped = weir.stop();
    await eventually(() => expect([isEnded(), before.isEnded()]).toEqual([true, true]));
    expect(weir.lines.some(({ message }) => message.startsWith('drained'))).toBe(false);
    held[0]!.end('in the end');
    expect((await answer).text).toBe('in the end');
    await stopped;
  });
});
