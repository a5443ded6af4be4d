import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeWith } from '../support-programs.ts';
import { ask, askMany } from './client.ts';
import { eventually } from './eventually.ts';
import { temporaryDirectory } from './settings.ts';
import { linesOf, startProgram } from './spawn.ts';
import { startUpstream } from './upstream.ts';
import type { Weir } from './weir.ts';
import { startWeir } from './weir.ts';

async function startPair() {
  const [stable, candidate] = [await startUpstream('stable'), await startUpstream('candidate')];
  const state = join(temporaryDirectory(), 'state');
  return { candidate, state, settings: { stable: stable.url, candidate: candidate.url, weight: '20%', state } };
}

const linesWith = ({ lines }: Weir, words: string) => lines.filter(({ message }) => message.includes(words));

describe('a state directory that cannot be written at the start', () => {
  it('keeps the candidate at 0 %, serves stable, says so everywhere, and mends itself', async () => {
    const { candidate, state, settings } = await startPair();
    writeFileSync(state, 'in its place');
    const weir = await startWeir(settings);
    expect((await askMany(weir.traffic, 50)).every(({ text }) => text === 'stable')).toBe(true);
    expect(await weir.readyz()).toBe(200);
    const status = await weir.status();
    expect(status).toMatchObject({ weights: { candidate: 0 }, recording: { writable: false } });
    expect(status.recording.error).toContain(state);
    expect(await weir.metric('weir_journal_writable')).toBe(0);
    expect(await weir.metric('weir_journal_write_failures_total')).toBeGreaterThanOrEqual(1);
    await eventually(() => expect(linesWith(weir, 'cannot be written')).toHaveLength(1));

    const refused = await weir.change('PUT', '/v1/weights', { candidate: 50 });
    expect([refused.status, JSON.parse(refused.text)]).toMatchObject([503, { code: 'state-not-writable' }]);
    expect(candidate.requests).toHaveLength(0);

    rmSync(state);
    await eventually(async () => expect((await weir.status()).weights.candidate).toBe(20));
    expect((await weir.status()).recording).toEqual({ writable: true });
    expect(await weir.metric('weir_journal_writable')).toBe(1);
    await eventually(() => expect(linesWith(weir, 'can be written again')).toHaveLength(1));
    expect(linesWith(weir, 'the state directory cannot be written')).toHaveLength(1);
    await askMany(weir.traffic, 50);
    expect(candidate.requests).toHaveLength(10);
  });
});

describe('a state directory of which something is taken away', () => {
  it('is no first start when only the journal is gone: the candidate stays at 0 % until a person acts', async () => {
    const { candidate, state, settings } = await startPair();
    const first = await startWeir(settings);
    await first.change('POST', '/v1/rollback', { reason: 'bad' });
    await first.stop();
    const before = candidate.requests.length;
    rmSync(join(state, 'journal.jsonl'));
    const weir = await startWeir(settings);
    expect(await weir.status()).toMatchObject({ phase: 'rolled-back', weights: { candidate: 0 } });
    expect((await weir.status()).reason).toMatch(/^journal lost: it is gone, but event \d+ was written before$/);
    await askMany(weir.traffic, 20);
    expect(candidate.requests).toHaveLength(before);
  });

  it('loses no rollback when it was removed under the running process', async () => {
    const { state, settings } = await startPair();
    const first = await startWeir(settings);
    rmSync(state, { recursive: true });
    await first.change('POST', '/v1/rollback', { reason: 'bad' });
    expect((await first.status()).recording).toEqual({ writable: true });
    await first.stop();
    const weir = await startWeir(settings);
    expect(await weir.status()).toMatchObject({ phase: 'rolled-back', reason: 'bad' });
    expect((await weir.history()).map(({ type }) => type)).toContain('declared');
  });
});

describeWith('bash', 'apt-get install bash', 'a state directory below a working directory that is removed', () => {
  it('is made anew, and neither a command nor the end waits for ever', async () => {
    const { settings } = await startPair();
    const home = join(temporaryDirectory(), 'home');
    const weir = await startProgram({ ...settings, state: './state' }, `mkdir '${home}' && cd '${home}'`);
    rmSync(home, { recursive: true });
    expect((await weir.change('PUT', '/v1/weights', { candidate: 50 })).status).toBe(200);
    expect((await weir.status()).recording).toEqual({ writable: true });
    weir.kill('SIGTERM');
    expect(await weir.ended).toEqual({ code: 0, signal: null });
    expect(readdirSync(join(home, 'state')).toSorted()).toEqual(['alive', 'journal.jsonl']);
  });
});

describe('a state directory with the journal of another service', () => {
  it('is not followed: the candidate stays at 0 % until a person acts, and both services are named', async () => {
    const { candidate, state, settings } = await startPair();
    const first = await startWeir({ ...settings, more: { service: 'payments' } });
    await first.change('PUT', '/v1/weights', { candidate: 25 });
    await first.stop();
    const theirs = readFileSync(join(state, 'journal.jsonl'), 'utf8');
    const weir = await startWeir(settings);
    const { reason, ...status } = await weir.status();
    expect(status).toMatchObject({ phase: 'rolled-back', weights: { candidate: 0 }, recording: { writable: true } });
    expect(reason).toContain('it is the journal of the service payments, and this is shop');
    await askMany(weir.traffic, 20);
    expect(candidate.requests).toHaveLength(0);
    const [aside = ''] = readdirSync(state).filter((name) => name.includes('corrupt'));
    expect(readFileSync(join(state, aside), 'utf8')).toBe(theirs);

    expect((await weir.change('PUT', '/v1/weights', { candidate: 30 })).status).toBe(200);
    await weir.stop();
    expect((await (await startWeir(settings)).status()).weights.candidate).toBe(30);
  });

  it('that bears the name the service had until now is followed once its lines bear the new one', async () => {
    const { state, settings } = await startPair();
    const first = await startWeir({ ...settings, more: { service: 'payments' } });
    await first.change('POST', '/v1/rollback', { reason: 'bad' });
    await first.stop();
    const journal = join(state, 'journal.jsonl');
    execFileSync('sed', ['-i', 's/"service":"payments"/"service":"shop"/', journal]);
    expect(await (await startWeir(settings)).status()).toMatchObject({ phase: 'rolled-back', reason: 'bad' });
  });

  it('still in use is left to whoever came last, and the other says that it cannot write', async () => {
    const { settings } = await startPair();
    const first = await startWeir({ ...settings, more: { service: 'payments' } });
    const second = await startWeir(settings);
    expect((await first.change('POST', '/v1/rollback', { reason: 'bad' })).status).toBe(200);
    expect((await first.status()).recording).toMatchObject({
      writable: false,
      error: expect.stringContaining('journal.dir'),
    });
    expect((await second.change('PUT', '/v1/weights', { candidate: 30 })).status).toBe(200);
    expect((await second.status()).recording).toEqual({ writable: true });
  });
});

describeWith('prlimit', 'apt-get install util-linux', 'a disk that is full while Weir runs', () => {
  describeWith('bash', 'apt-get install bash', 'as seen from outside', () => {
    it('refuses a raise, lets a rollback through at once, and writes all of it down when there is room', async () => {
      const { candidate, settings } = await startPair();
      // Room for the first event and not for a second.
      const weir = await startProgram(settings, 'ulimit -S -f 1');
      await askMany(weir.traffic, 50);
      expect(candidate.requests).toHaveLength(10);

      const refused = await weir.change('PUT', '/v1/weights', { candidate: 50 });
      expect([refused.status, JSON.parse(refused.text)]).toMatchObject([503, { code: 'state-not-writable' }]);
      expect(await weir.status()).toMatchObject({ weights: { candidate: 20 }, recording: { writable: false } });
      expect(await weir.metric('weir_journal_writable')).toBe(0);
      const told = () => linesOf(weir.stdout()).map(({ msg }) => msg);
      await eventually(() => expect(told()).toContainEqual(expect.stringMatching(/^the state directory cannot/)));

      expect((await weir.change('POST', '/v1/rollback', { reason: 'at once' })).status).toBe(200);
      const before = candidate.requests.length;
      expect((await askMany(weir.traffic, 50)).every(({ text }) => text === 'stable')).toBe(true);
      expect(candidate.requests).toHaveLength(before);
      expect(await weir.status()).toMatchObject({ phase: 'rolled-back', recording: { writable: false } });

      execFileSync('prlimit', ['--pid', String(weir.pid), '--fsize=unlimited:unlimited']);
      await eventually(async () => expect((await weir.status()).recording.writable).toBe(true));
      weir.kill('SIGKILL');
      await weir.ended;
      const again = await startProgram(settings);
      expect(await again.status()).toMatchObject({ phase: 'rolled-back', reason: 'at once' });
      expect((await ask(again.traffic)).text).toBe('stable');
    });

    it('at a restart holds a rollout at 0 %, for a rollback may be lost, and goes on when there is room', async () => {
      const { candidate, settings } = await startPair();
      const first = await startWeir(settings);
      await askMany(first.traffic, 10);
      await first.stop();
      const before = candidate.requests.length;
      const weir = await startProgram(settings, 'ulimit -S -f 0');
      expect((await askMany(weir.traffic, 50)).every(({ text }) => text === 'stable')).toBe(true);
      expect(await weir.status()).toMatchObject({
        weights: { candidate: 0 },
        rolloutWeights: { candidate: 20 },
        recording: { writable: false },
      });
      execFileSync('prlimit', ['--pid', String(weir.pid), '--fsize=unlimited:unlimited']);
      await eventually(async () => expect((await weir.status()).weights.candidate).toBe(20));
      await askMany(weir.traffic, 50);
      expect(candidate.requests).toHaveLength(before + 10);
    });
  });
});
