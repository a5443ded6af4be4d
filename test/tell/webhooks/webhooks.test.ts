import { createHmac } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MOST_WAITING } from '../../../src/tell/webhooks/queue.ts';
import { systemWait } from '../../../src/support/wait.ts';
import { SHIFTING } from '../../release/fixtures.ts';
import { eventually } from '../../sidecar/eventually.ts';
import { temporaryDirectory } from '../../sidecar/settings.ts';
import { freePort } from '../../ports.ts';
import { DECLARED, EVENTS, receiverAt, ROLLED_BACK, type Told, webhooksOf } from './fixtures.ts';
import { answering, startReceiver } from './receivers.ts';

const resultsOf = (webhooks: Told) => webhooks.read().byResult;
const idle = (webhooks: Told) => eventually(() => expect(webhooks.read().queued).toBe(0));
const noteMany = (webhooks: Told, count: number) => {
  for (let seq = 1; seq <= count; seq += 1) webhooks.note({ ...ROLLED_BACK, seq });
};
const seqsOf = (deliveries: readonly { readonly body: string }[]) =>
  deliveries.map(({ body }) => (JSON.parse(body) as { seq: number }).seq);

describe('a receiver that takes what it is sent', () => {
  it('gets what it asked for, in order, one at a time', async () => {
    const receiver = await startReceiver(answering(204));
    const webhooks = webhooksOf([receiverAt(receiver.url)]);
    for (const event of EVENTS) webhooks.note(event);
    webhooks.refused(SHIFTING, ['weight: expected a share']);
    await idle(webhooks);
    const told = receiver.deliveries.map(({ headers }) => headers['x-weir-event']);
    expect(told).toEqual(['started', 'rollback', 'config-refused']);
    expect(JSON.parse(receiver.deliveries[1]!.body)).toMatchObject({ format: 1, event: 'rollback', seq: 2 });
    expect(receiver.deliveries[0]!.headers).toMatchObject({ 'content-type': 'application/json' });
    expect(resultsOf(webhooks)).toEqual({ delivered: 3, failed: 0, dropped: 0 });
  });

  it('gets only the events that it asked for, in its own format', async () => {
    const receiver = await startReceiver(answering(200));
    const webhooks = webhooksOf([receiverAt(receiver.url, { events: ['rollback'], format: 'slack' })]);
    for (const event of EVENTS) webhooks.note(event);
    await idle(webhooks);
    expect(receiver.deliveries.map(({ body }) => Object.keys(JSON.parse(body)))).toEqual([
      ['text', 'mrkdwn', 'blocks'],
    ]);
  });
});

describe('a receiver that answers 500 nine times', () => {
  it('is tried until it takes the delivery, which keeps its id, and nothing overtakes it', async () => {
    const receiver = await startReceiver(answering(...Array.from({ length: 9 }, () => 500), 200));
    const webhooks = webhooksOf([receiverAt(receiver.url)]);
    noteMany(webhooks, 2);
    await idle(webhooks);
    expect(seqsOf(receiver.deliveries)).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2]);
    const ids = receiver.deliveries.map(({ headers }) => headers['x-weir-delivery']);
    expect([new Set(ids.slice(0, 10)).size, ids[10] === ids[0]]).toEqual([1, false]);
    expect(webhooks.waitsMs).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 64_000, 128_000, 256_000]);
    expect(resultsOf(webhooks)).toEqual({ delivered: 2, failed: 0, dropped: 0 });
  });
});

describe('a receiver that will never take it', () => {
  it.each([410, 404, 400])('is asked once where it answers %s', async (status) => {
    const receiver = await startReceiver(answering(status));
    const webhooks = webhooksOf([receiverAt(receiver.url)]);
    webhooks.note(ROLLED_BACK);
    await idle(webhooks);
    expect([receiver.deliveries.length, resultsOf(webhooks).failed]).toEqual([1, 1]);
    expect(webhooks.lines).toContainEqual(expect.objectContaining({ level: 'warn' }));
  });

  it('is not followed to another address', async () => {
    const elsewhere = await startReceiver(answering(200));
    const receiver = await startReceiver((response) => response.writeHead(307, { location: elsewhere.url }).end());
    const webhooks = webhooksOf([receiverAt(receiver.url)]);
    webhooks.note(ROLLED_BACK);
    await idle(webhooks);
    expect([receiver.deliveries.length, elsewhere.deliveries.length]).toEqual([1, 0]);
    expect(resultsOf(webhooks).failed).toBe(1);
  });
});

describe('a receiver that asks for patience', () => {
  it('is given as long as Retry-After says', async () => {
    const receiver = await startReceiver((response, count) => {
      response.writeHead(count === 1 ? 429 : 200, { 'retry-after': '42' }).end();
    });
    const webhooks = webhooksOf([receiverAt(receiver.url)]);
    webhooks.note(ROLLED_BACK);
    await idle(webhooks);
    expect([webhooks.waitsMs, resultsOf(webhooks).delivered]).toEqual([[42_000], 1]);
  });
});

describe('a receiver that is away', () => {
  it('is tried ten times and then given up, where it refuses connections', async () => {
    const webhooks = webhooksOf([receiverAt(`http://127.0.0.1:${await freePort()}/hunter2`)]);
    webhooks.note(ROLLED_BACK);
    await idle(webhooks);
    expect([webhooks.waitsMs.length, resultsOf(webhooks).failed]).toEqual([9, 1]);
    expect(JSON.stringify(webhooks.lines)).toContain('ECONNREFUSED');
  });

  it('is given up after the same tries where it hangs, each of which ends in time', async () => {
    const receiver = await startReceiver(() => {});
    const webhooks = webhooksOf([receiverAt(receiver.url)], { timeoutMs: 20 });
    webhooks.note(ROLLED_BACK);
    await idle(webhooks);
    expect(resultsOf(webhooks).failed).toBe(1);
    expect(JSON.stringify(webhooks.lines)).toContain('no answer within 20 ms');
  });

  it('delays no other receiver, and keeps the newest of what waits for it in a bounded queue', async () => {
    const hanging = await startReceiver(() => {});
    const well = await startReceiver(answering(200));
    const webhooks = webhooksOf([receiverAt(hanging.url), receiverAt(well.url)]);
    webhooks.note(ROLLED_BACK);
    await eventually(() => expect(hanging.deliveries).toHaveLength(1));
    for (let batch = 0; batch < 3; batch += 1) {
      noteMany(webhooks, MOST_WAITING);
      await eventually(() => expect(well.deliveries).toHaveLength(1 + (batch + 1) * MOST_WAITING));
    }
    // One is under way, and of three hundred the last hundred wait.
    const results = { delivered: 301, failed: 0, dropped: 200 };
    await eventually(() => expect(webhooks.read()).toEqual({ byResult: results, queued: 1 + MOST_WAITING }));
    expect(hanging.deliveries).toHaveLength(1);
  });

  it('is named in the log by position and host, and nothing of its path or password is', async () => {
    const receiver = await startReceiver(answering(...Array.from({ length: 10 }, () => 500), 404));
    const { host } = new URL(receiver.url);
    const webhooks = webhooksOf([receiverAt(receiver.url.replace('//', '//user:opensesame@'))]);
    noteMany(webhooks, MOST_WAITING + 2);
    await idle(webhooks);
    const said = JSON.stringify(webhooks.lines);
    expect(said).toContain(`webhooks[0] (${host})`);
    expect(said).not.toMatch(/hunter2|opensesame|services/);
    expect(receiver.deliveries[0]!.headers.authorization).toMatch(/^Basic /);
  });
});

describe('a delivery that is signed', () => {
  const seconds = (header: unknown) => Number(/^t=(\d+),/.exec(String(header))?.[1]);

  it('carries time and HMAC, made with the secret that is in the file at each try', async () => {
    const secretFile = join(temporaryDirectory(), 'secret');
    writeFileSync(secretFile, 'old\n');
    const receiver = await startReceiver((response, count) => {
      writeFileSync(secretFile, 'new');
      answering(500, 200)(response, count);
    });
    const webhooks = webhooksOf([receiverAt(receiver.url, { secretFile })]);
    webhooks.note(ROLLED_BACK);
    await idle(webhooks);
    const expected = ['old', 'new'].map((secret, index) => {
      const { headers, body } = receiver.deliveries[index]!;
      const t = seconds(headers['x-weir-signature']);
      return `t=${t},v1=${createHmac('sha256', secret).update(`${t}.${body}`).digest('hex')}`;
    });
    expect(receiver.deliveries.map(({ headers }) => headers['x-weir-signature'])).toEqual(expected);
    expect(JSON.stringify(webhooks.lines)).not.toMatch(/"(old|new)"/);
  });

  it('is not sent unsigned when the secret cannot be read, but tried again', async () => {
    const secretFile = join(temporaryDirectory(), 'secret');
    const receiver = await startReceiver(answering(200));
    let waits = 0;
    const wait = async () => {
      waits += 1;
      if (waits === 3) writeFileSync(secretFile, 'here');
    };
    const webhooks = webhooksOf([receiverAt(receiver.url, { secretFile })], { wait });
    webhooks.note(ROLLED_BACK);
    await idle(webhooks);
    expect([waits, receiver.deliveries.length]).toEqual([3, 1]);
    expect(receiver.deliveries[0]!.headers['x-weir-signature']).toMatch(/^t=\d+,v1=[\da-f]{64}$/);
    rmSync(secretFile);
  });
});

describe('other receivers', () => {
  it('are told from then on; one that stays keeps what waits for it, and one that has gone is left alone', async () => {
    const [staying, going, coming] = [
      await startReceiver(answering(500, 200)),
      await startReceiver(() => {}),
      await startReceiver(answering(200)),
    ];
    const gate = Promise.withResolvers<void>();
    const webhooks = webhooksOf([receiverAt(going.url), receiverAt(staying.url)], { wait: () => gate.promise });
    webhooks.note(DECLARED);
    await eventually(() => expect([going.deliveries.length, staying.deliveries.length]).toEqual([1, 1]));
    webhooks.adjust([receiverAt(staying.url, { format: 'teams' }), receiverAt(coming.url)]);
    webhooks.note(ROLLED_BACK);
    gate.resolve();
    await idle(webhooks);
    expect([going, staying, coming].map(({ deliveries }) => deliveries.length)).toEqual([1, 3, 1]);
    expect(staying.deliveries[1]!.body).toContain('AdaptiveCard');
    await eventually(() => expect(resultsOf(webhooks)).toEqual({ delivered: 3, failed: 0, dropped: 1 }));
  });
});

describe('a stop', () => {
  it('tries once more what waits for its next try, and takes no longer than that needs', async () => {
    const receiver = await startReceiver(answering(500, 200));
    const webhooks = webhooksOf([receiverAt(receiver.url)], { wait: systemWait, random: () => 0.999 });
    noteMany(webhooks, 3);
    const again = expect.objectContaining({ message: 'a notification is tried again' }) as object;
    await eventually(() => expect(webhooks.lines).toContainEqual(again));
    await webhooks.stop(60_000);
    expect(seqsOf(receiver.deliveries)).toEqual([1, 1, 2, 3]);
    expect(resultsOf(webhooks)).toEqual({ delivered: 3, failed: 0, dropped: 0 });
  });

  it('gives up and counts what a receiver that hangs has not taken, and says so', async () => {
    const receiver = await startReceiver(() => {});
    const webhooks = webhooksOf([receiverAt(receiver.url)]);
    noteMany(webhooks, 3);
    await eventually(() => expect(receiver.deliveries).toHaveLength(1));
    await webhooks.stop(1);
    expect(webhooks.read()).toEqual({ byResult: { delivered: 0, failed: 0, dropped: 3 }, queued: 0 });
    const told = webhooks.lines.filter(({ level, message }) => level === 'warn' && message.includes('Weir stops'));
    expect(told).toHaveLength(3);
    webhooks.note(ROLLED_BACK);
    expect(webhooks.read().queued).toBe(0);
  });
});
