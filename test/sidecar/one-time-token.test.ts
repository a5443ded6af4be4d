import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/support/clock.ts';
import { createLog } from '../../src/tell/log.ts';
import type { Guarded } from './guarded.ts';
import { bearer, refusalOf, startGuarded, tokenOf } from './guarded.ts';
import type { Weir } from './weir.ts';
import { startWeir } from './weir.ts';
import { ask } from './client.ts';
import { eventually } from './eventually.ts';

async function startWithOnce(kind = {}, others: readonly string[] = []) {
  const once = tokenOf({ name: 'night-shift', once: true, ...kind });
  return { ...(await startGuarded({ tokens: [once.line, ...others] })), once: once.token };
}

const set = ({ send }: Pick<Guarded, 'send'>, token: string, candidate: number) =>
  send('PUT', '/v1/weights', { headers: bearer(token), body: JSON.stringify({ candidate }) });

const eventsOf = (journal: string) =>
  journal
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string; actor: string; spentTokens?: object[] });

/** The log as a process would write it. */
function written({ lines }: Weir): string {
  const text: string[] = [];
  const log = createLog({ service: 'shop', level: 'info', file: null, stdout: { write: (line) => text.push(line) } });
  for (const { level, fields, message } of lines) log[level](fields, message);
  return text.join('');
}

describe('a one-time token', () => {
  it('is good for one change, whose event comes after the one that spends it', async () => {
    const guarded = await startWithOnce();
    expect((await set(guarded, guarded.once, 30)).status).toBe(200);
    const before = await guarded.standing();
    expect(eventsOf(before.journal).slice(-2)).toMatchObject([
      { type: 'token-spent', actor: 'night-shift', spentTokens: [{ id: guarded.once.split('_')[1] }] },
      { type: 'weights-set', actor: 'night-shift', spentTokens: [{ id: guarded.once.split('_')[1] }] },
    ]);
    expect(refusalOf(await set(guarded, guarded.once, 40))).toBe('401 token-spent');
    expect(refusalOf(await guarded.send('GET', '/v1/status', { headers: bearer(guarded.once) }))).toBe(
      '401 token-spent',
    );
    expect(await guarded.standing()).toEqual(before);
  });

  it('is not spent by reading, by a body with mistakes, or by a command that is refused', async () => {
    const guarded = await startWithOnce();
    const headers = bearer(guarded.once);
    const before = await guarded.standing();
    expect((await guarded.send('GET', '/v1/status', { headers })).status).toBe(200);
    expect((await set(guarded, guarded.once, 400)).status).toBe(422);
    expect((await guarded.send('POST', '/v1/switch', { headers, body: '{"version": "v9"}' })).status).toBe(404);
    const stale = { ...headers, 'if-match': '"999"' };
    expect((await guarded.send('POST', '/v1/rollback', { headers: stale })).status).toBe(412);
    expect(await guarded.standing()).toEqual(before);
    expect((await set(guarded, guarded.once, 30)).status).toBe(200);
  });

  it('keeps an If-Match valid that it is sent with', async () => {
    const guarded = await startWithOnce();
    const { headers } = await guarded.send('GET', '/v1/status', { headers: bearer(guarded.once) });
    const answer = await guarded.send('POST', '/v1/rollback', {
      headers: { ...bearer(guarded.once), 'if-match': headers.etag! },
    });
    expect(answer.status).toBe(200);
  });

  it.each([
    ['raises', 50],
    ['lowers', 10],
  ])('lets exactly one of many through that ask at once, when it %s', async (_name, candidate) => {
    const guarded = await startWithOnce();
    const answers = await Promise.all(Array.from({ length: 20 }, () => set(guarded, guarded.once, candidate)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(19);
    const types = eventsOf((await guarded.standing()).journal).map(({ type }) => type);
    expect(types.filter((type) => type === 'token-spent' || type === 'weights-set')).toEqual([
      'token-spent',
      'weights-set',
    ]);
  });

  it('stays spent over a restart', async () => {
    const guarded = await startWithOnce();
    expect((await set(guarded, guarded.once, 30)).status).toBe(200);
    await guarded.weir.stop();
    const weir = await startWeir(guarded.settings);
    const answer = await ask(`http://127.0.0.1:${weir.ports.admin}/v1/status`, { headers: bearer(guarded.once) });
    expect(refusalOf(answer)).toBe('401 token-spent');
  });

  it.each<[string, (journal: string) => void]>([
    ['is gone', (journal) => rmSync(journal)],
    ['cannot be read', (journal) => writeFileSync(journal, 'garbage\n')],
    ['has lost its end', (journal) => writeFileSync(journal, readFileSync(journal, 'utf8').split('\n', 1)[0] + '\n')],
  ])('counts as spent, and so does every other there was, when the journal %s', async (_how, lose) => {
    const unused = tokenOf({ name: 'day-shift', once: true });
    const guarded = await startWithOnce({}, [unused.line]);
    expect((await set(guarded, guarded.once, 30)).status).toBe(200);
    await guarded.weir.stop();
    lose(join(guarded.settings.state!, 'journal.jsonl'));
    const fresh: string[] = [];
    for (let start = 0; start < 2; start += 1) {
      const weir = await startWeir(guarded.settings);
      const asking = (token: string) =>
        ask(`http://127.0.0.1:${weir.ports.admin}/v1/status`, { headers: bearer(token) });
      expect(refusalOf(await asking(guarded.once))).toBe('401 token-spent');
      expect(refusalOf(await asking(unused.token))).toBe('401 token-spent');
      expect((await asking(guarded.operator)).status).toBe(200);
      // Which they were must be in the log as it is written, where what is called tokens is left out.
      if (start === 0) expect(written(weir)).toMatch(new RegExp(`"ids":\\[[^\\]]*"${unused.id}"`));
      fresh.push(guarded.add({ name: 'fresh', once: true }));
      await eventually(async () => expect((await asking(fresh.at(-1)!)).status).toBe(200));
      // What was made since the loss is good, after a further start too.
      expect((await asking(fresh[0]!)).status).toBe(200);
      await weir.stop();
    }
  });

  it('is refused once it has expired, and changes nothing', async () => {
    const guarded = await startWithOnce({ expiresAtMs: systemClock.wallMs() - 1 });
    const before = await guarded.standing();
    expect(refusalOf(await set(guarded, guarded.once, 30))).toBe('401 token-expired');
    expect(await guarded.standing()).toEqual(before);
  });
});

describe('a one-time token while the journal cannot be written', () => {
  /** The state directory becomes a file, which holds for root too. */
  async function startOnBrokenDisk() {
    const guarded = await startWithOnce();
    const state = guarded.settings.state!;
    await guarded.weir.stop();
    renameSync(state, `${state}.away`);
    writeFileSync(state, '');
    const weir = await startWeir(guarded.settings);
    const admin = `http://127.0.0.1:${weir.ports.admin}`;
    const send: Guarded['send'] = (method, path, { headers, ...asked } = {}) =>
      ask(`${admin}${path}`, { method, headers: { 'content-type': 'application/json', ...headers }, ...asked });
    const mend = (): void => {
      rmSync(state);
      mkdirSync(state);
    };
    return { ...guarded, weir, send, mend };
  }

  it('raises nothing and is not spent, still lowers once, and is spent then', async () => {
    const guarded = await startOnBrokenDisk();
    expect(refusalOf(await set(guarded, guarded.once, 50))).toBe('503 state-not-writable');
    const headers = bearer(guarded.once);
    expect((await guarded.send('POST', '/v1/rollback', { headers })).status).toBe(200);
    expect(refusalOf(await guarded.send('POST', '/v1/rollback', { headers }))).toBe('401 token-spent');
  });

  it('does nothing else either, and is not spent by it', async () => {
    const guarded = await startOnBrokenDisk();
    const headers = bearer(guarded.once);
    const answer = await guarded.send('POST', '/v1/automation', { headers, body: '{"enabled": false}' });
    expect(refusalOf(answer)).toBe('503 state-not-writable');
    expect((await guarded.send('GET', '/v1/status', { headers })).status).toBe(200);
  });

  it('is written down as spent as soon as there is a disk again', async () => {
    const guarded = await startOnBrokenDisk();
    expect((await guarded.send('POST', '/v1/rollback', { headers: bearer(guarded.once) })).status).toBe(200);
    guarded.mend();
    await eventually(() => {
      const types = eventsOf(readFileSync(join(guarded.settings.state!, 'journal.jsonl'), 'utf8')).map(
        ({ type }) => type,
      );
      expect(types.filter((type) => type === 'token-spent' || type === 'rolled-back').slice(0, 2)).toEqual([
        'token-spent',
        'rolled-back',
      ]);
    });
  });
});
