import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RolloutEvent } from '../../src/model/event.ts';
import { answering, startReceiver } from '../tell/webhooks/receivers.ts';
import { askMany } from './client.ts';
import { eventually } from './eventually.ts';
import { temporaryDirectory } from './settings.ts';
import { freePort } from '../ports.ts';
import { failing, startUpstream } from './upstream.ts';
import { startWeir } from './weir.ts';

async function startPair() {
  const [stable, candidate] = [await startUpstream('stable'), await startUpstream('candidate', failing)];
  const state = join(temporaryDirectory(), 'state');
  return { stable: stable.url, candidate: candidate.url, weight: '50%', state };
}

const journalIn = (state: string): RolloutEvent[] =>
  readFileSync(join(state, 'journal.jsonl'), 'utf8')
    .split('\n')
    // Behind the last end of a line may stand the beginning of one that is being written.
    .slice(0, -1)
    .map((line): RolloutEvent => JSON.parse(line));

const eventsOf = (deliveries: readonly { readonly headers: object }[]) =>
  deliveries.map(({ headers }) => (headers as Record<string, string>)['x-weir-event']);

describe('receivers beside a rollout', () => {
  it('hear of a reset once it is on disk, and one that hangs or is away delays neither it nor the others', async () => {
    const settings = await startPair();
    const seen: { readonly event: RolloutEvent; readonly share: number | undefined }[] = [];
    const hanging = await startReceiver(() => {});
    const well = await startReceiver((response) => {
      // What the journal on disk ends with when the first byte of a notification comes.
      const event = journalIn(settings.state).findLast(({ type }) => type === 'rolled-back');
      if (event !== undefined) seen.push({ event, share: event.weights.after.candidate });
      response.end();
    });
    const gone = `http://127.0.0.1:${await freePort()}/hunter2`;
    const webhooks = [{ url: hanging.url }, { url: gone }, { url: well.url, events: ['rollback'] }];
    const weir = await startWeir({
      ...settings,
      guards: { errors: '1%', window: '10s' },
      more: { webhooks },
    });
    await eventually(() => expect(hanging.deliveries).toHaveLength(1));
    await askMany(weir.traffic, 60);
    await eventually(async () => expect((await weir.status()).phase).toBe('rolled-back'));
    await eventually(() => expect(well.deliveries).toHaveLength(1));
    const notice = JSON.parse(well.deliveries[0]!.body) as { seq: number; reasons: unknown[] };
    expect(seen[0]).toMatchObject({ event: { seq: notice.seq }, share: 0 });
    expect(notice.reasons).toEqual(seen[0]!.event.reasons);
    // The first one hangs on what it was told at the start, long after the reset was in force; told again it hangs again.
    expect(new Set(eventsOf(hanging.deliveries))).toEqual(new Set(['started']));
    const delivered = () => weir.metric('weir_webhook_deliveries_total', { result: 'delivered' });
    await eventually(async () => expect(await delivered()).toBe(1));
    expect(await weir.metric('weir_webhook_queue')).toBeGreaterThanOrEqual(3);
    await weir.stop();
    expect(JSON.stringify(weir.lines)).not.toContain('hunter2');
    expect(weir.lines.map(({ message }) => message)).toContainEqual(expect.stringContaining('Weir stops'));
  });

  it('hear nothing again of a rollback that a restart replays', async () => {
    const receiver = await startReceiver(answering(200));
    const settings = { ...(await startPair()), more: { webhooks: [{ url: receiver.url }] } };
    const first = await startWeir(settings);
    await first.change('POST', '/v1/rollback', { reason: 'bad' });
    await eventually(() => expect(eventsOf(receiver.deliveries)).toEqual(['started', 'rollback']));
    await first.stop();
    const again = await startWeir(settings);
    expect((await again.status()).phase).toBe('rolled-back');
    // What comes next is the first thing that is told.
    await again.change('PUT', '/v1/weights', { candidate: 100 });
    await again.change('POST', '/v1/rollout/promote', {});
    await eventually(() => expect(eventsOf(receiver.deliveries)).toEqual(['started', 'rollback', 'promoted']));
  });

  it('are tried once more at the end, within the drain', async () => {
    const receiver = await startReceiver(answering(500, 200));
    const settings = await startPair();
    const weir = await startWeir({
      ...settings,
      timeouts: { drain: '10s' },
      more: { webhooks: [{ url: receiver.url }] },
    });
    await eventually(() => expect(receiver.deliveries).toHaveLength(1));
    await weir.stop();
    expect(eventsOf(receiver.deliveries)).toEqual(['started', 'started']);
  });

  it('are put in force by a changed file, and told of one that was refused', async () => {
    const [first, second] = [await startReceiver(answering(200)), await startReceiver(answering(200))];
    const settings = await startPair();
    const weir = await startWeir({ ...settings, more: { webhooks: [{ url: first.url }] } });
    await eventually(() => expect(eventsOf(first.deliveries)).toEqual(['started']));
    await weir.reload({ ...settings, more: { webhooks: [{ url: second.url }] } });
    await weir.reload({ ...settings, limits: { headers: 7 }, more: { webhooks: [{ url: first.url }] } });
    await eventually(() => expect(eventsOf(second.deliveries)).toEqual(['config-refused']));
    expect(JSON.parse(second.deliveries[0]!.body)).toMatchObject({
      mistakes: [expect.stringContaining('limits.headers: expected what Weir was started with')],
    });
    expect(eventsOf(first.deliveries)).toEqual(['started']);
  });
});
