import { connect } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { MOST_STREAMS } from '../../src/admin/events.ts';
import { eventually } from '../sidecar/eventually.ts';
import { ask } from '../sidecar/client.ts';
import { sampleOf, startStreams } from './event-stream.ts';
import { shifting, snapshotOf } from './fixtures.ts';

describe('the stream of events', () => {
  it('begins with how often to come back, the status and the past', async () => {
    const { listen } = await startStreams({ past: () => [sampleOf(0), sampleOf(1)] });
    const { response, text, messages } = await listen();
    expect(response.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
    });
    await eventually(() => expect(messages().map(({ event }) => event)).toEqual(['status', 'samples']));
    expect(text()).toMatch(/^retry: 2000\nid: 0\n\n/);
    expect(messages()[0]!.content).toMatchObject({ service: 'checkout', phase: 'shifting' });
    expect(messages()[1]!.content).toEqual([sampleOf(0), sampleOf(1)]);
  });

  it('brings a sample and the status each second', async () => {
    const { listen, streams } = await startStreams();
    const { messages } = await listen();
    await eventually(() => expect(messages()).toHaveLength(2));
    streams.second(sampleOf(7), 1000, 1000);
    await eventually(() =>
      expect(
        messages()
          .slice(2)
          .map(({ event }) => event),
      ).toEqual(['sample', 'status']),
    );
    expect(messages()[2]!.content).toEqual(sampleOf(7));
  });

  it('brings a journal event at once, with its number, and the status it led to', async () => {
    const { listen, happen, journal } = await startStreams();
    const { messages } = await listen();
    happen();
    await eventually(() =>
      expect(
        messages()
          .slice(2)
          .map(({ event }) => event),
      ).toEqual(['rollout', 'status']),
    );
    expect(messages()[2]).toEqual({ event: 'rollout', id: '1', content: journal[0] });
  });

  it('brings the journal alone to those who ask for nothing else', async () => {
    const { listen, happen, streams } = await startStreams();
    const { messages, ids } = await listen('/v1/events?only=rollout');
    streams.second(sampleOf(0), 1000, 1000);
    happen();
    await eventually(() => expect(ids()).toEqual(['1']));
    expect(messages()).toHaveLength(1);
  });

  it.each(['?only=status', '?only=', '?only=rollout&only=rollout'])('refuses %s', async (query) => {
    const { port } = await startStreams();
    const answer = await ask(`http://127.0.0.1:${port}/v1/events${query}`);
    expect([answer.status, answer.text]).toEqual([400, expect.stringContaining('invalid-query')]);
  });

  it('answers HEAD without opening a stream', async () => {
    const { port } = await startStreams();
    const answer = await ask(`http://127.0.0.1:${port}/v1/events`, { method: 'HEAD' });
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'text/event-stream; charset=utf-8']);
  });
});

describe('a client that comes back', () => {
  it('gets every event since, and none twice', async () => {
    const { listen, happen } = await startStreams();
    happen(5);
    const { ids } = await listen('/v1/events', { 'last-event-id': '2' });
    happen(2);
    await eventually(() => expect(ids()).toEqual(['3', '4', '5', '6', '7']));
  });

  it('gets nothing old when it names no event', async () => {
    const { listen, happen, streams } = await startStreams();
    happen(5);
    const { ids, messages } = await listen();
    streams.second(sampleOf(0), 1000, 1000);
    await eventually(() => expect(messages().some(({ event }) => event === 'sample')).toBe(true));
    expect(ids()).toEqual([]);
  });

  it('gets far more than fits its buffer, as it reads', async () => {
    const { listen, happen } = await startStreams();
    // Together several times what an unread client may have.
    happen(900, { reason: 'r'.repeat(2000) });
    const { ids } = await listen('/v1/events', { 'last-event-id': '0' });
    await eventually(() => expect(ids()).toHaveLength(900));
    expect(ids()).toEqual(Array.from({ length: 900 }, (_, i) => String(i + 1)));
  });

  it.each([
    ['that is no longer kept', '3'],
    ['of a longer journal', '4711'],
    ['that is no number', 'yesterday'],
    ['below zero', '-1'],
  ])('learns that there is a gap when it names an event %s, and goes on from there', async (_which, id) => {
    const { listen, happen } = await startStreams({ kept: 10 });
    happen(50);
    const { messages, ids } = await listen('/v1/events', { 'last-event-id': id });
    await eventually(() => expect(messages()[2]).toMatchObject({ event: 'gap', id: '50' }));
    expect(messages()[2]!.content).toEqual({ oldestSeq: 41, newestSeq: 50 });
    happen();
    await eventually(() => expect(ids()).toEqual(['51']));
  });

  it('needs no gap when the very next event is the oldest that is kept', async () => {
    const { listen, happen } = await startStreams({ kept: 10 });
    happen(50);
    const { ids } = await listen('/v1/events', { 'last-event-id': '40' });
    await eventually(() => expect(ids()).toHaveLength(10));
  });
});

describe('a client that does not read', () => {
  it('is cut, while one that reads gets everything', async () => {
    const reason = 'r'.repeat(100_000);
    const { listen, port, streams, connections } = await startStreams({
      look: () => snapshotOf({ ...shifting, reason }),
    });
    const reader = await listen();
    const lazy = connect({ port, host: '127.0.0.1' });
    onTestFinished(() => void lazy.destroy());
    lazy.on('error', () => undefined);
    lazy.pause();
    lazy.write('GET /v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await eventually(async () => expect(await connections()).toBe(2));
    let seconds = 0;
    while ((await connections()) > 1) {
      streams.second(sampleOf(seconds), seconds * 1000, 0);
      seconds++;
      await eventually(() => expect(reader.count('sample')).toBe(seconds));
      // The sockets between hold some megabytes, and Weir a quarter of one.
      expect(seconds).toBeLessThan(500);
    }
    expect(reader.isEnded()).toBe(false);
  });

  it('is owed the journal in the journal, not in a buffer of its own', async () => {
    const { port, happen } = await startStreams();
    const lazy = connect({ port, host: '127.0.0.1' });
    onTestFinished(() => void lazy.destroy());
    let text = '';
    lazy.on('data', (chunk: Buffer) => (text += chunk.toString()));
    lazy.write('GET /v1/events?only=rollout HTTP/1.1\r\nHost: localhost\r\n\r\n');
    // From here on its stream is there, and is owed what happens.
    await eventually(() => expect(text).toContain('retry: '));
    lazy.pause();
    // More than the sockets between would hold.
    for (let i = 0; i < 900; i++) happen(1, { reason: 'r'.repeat(20_000) });
    lazy.resume();
    await eventually(() => expect(text).toContain('\nid: 900\n'));
    expect(text.match(/^event: rollout$/gm)).toHaveLength(900);
  });
});

describe('many clients', () => {
  it(`are refused beyond ${MOST_STREAMS}, until one leaves`, async () => {
    const { listen, port } = await startStreams();
    const clients = await Promise.all(Array.from({ length: MOST_STREAMS }, () => listen()));
    const answer = await ask(`http://127.0.0.1:${port}/v1/events`);
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '2']);
    expect(JSON.parse(answer.text)).toMatchObject({ code: 'too-many-streams' });
    clients[0]!.response.destroy();
    await eventually(async () => expect((await listen()).response.statusCode).toBe(200));
  });
});

describe('a stream on which nothing happens', () => {
  it('says every 15 seconds that it is still there', async () => {
    const { listen, streams } = await startStreams();
    const { text } = await listen('/v1/events?only=rollout');
    const beatsAfter = (seconds: number) => {
      for (let second = 1; second <= seconds; second++) streams.second(sampleOf(second), second * 1000, 0);
      return eventually(() => expect(text().match(/^:$/gm) ?? []).toHaveLength(Math.floor(seconds / 16)));
    };
    await beatsAfter(15);
    await beatsAfter(16);
  });

  it('ends when its permission does', async () => {
    const { listen, streams } = await startStreams({ identity: { expiresAtMs: 5000 } });
    const { isEnded, messages } = await listen();
    streams.second(sampleOf(0), 0, 4999);
    await eventually(() => expect(messages()).toHaveLength(4));
    expect(isEnded()).toBe(false);
    streams.second(sampleOf(1), 0, 5000);
    await eventually(() => expect(isEnded()).toBe(true));
    expect(messages()).toHaveLength(4);
  });
});

describe('the end', () => {
  it('ends every stream, and opens no further one', async () => {
    const { listen, streams, port } = await startStreams();
    const clients = [await listen(), await listen('/v1/events?only=rollout')];
    streams.close();
    await eventually(() => expect(clients.map(({ isEnded }) => isEnded())).toEqual([true, true]));
    const answer = await ask(`http://127.0.0.1:${port}/v1/events`);
    expect([answer.status, answer.text]).toEqual([503, expect.stringContaining('"stopping"')]);
  });
});
