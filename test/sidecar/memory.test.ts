import { appendFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/support/clock.ts';
import { askMany } from './client.ts';
import { eventually } from './eventually.ts';
import type { Settings } from './settings.ts';
import { temporaryDirectory } from './settings.ts';
import { listen, startUpstream } from './upstream.ts';
import { startWeir } from './weir.ts';

const HOUR_MS = 3_600_000;
const journalOf = (state: string) => join(state, 'journal.jsonl');

async function startPair() {
  const [stable, candidate] = [await startUpstream('stable'), await startUpstream('candidate')];
  const state = join(temporaryDirectory(), 'state');
  const settings: Settings = { stable: stable.url, candidate: candidate.url, weight: '20%', state };
  return { stable, candidate, state, settings };
}

/** Runs a sidecar that is rolled back by hand, and stops it when that is verified: nothing is owed to the journal. */
async function rollBackOnce(settings: Settings): Promise<void> {
  const weir = await startWeir(settings);
  await weir.change('POST', '/v1/rollback', { reason: 'I do not like it' });
  await eventually(async () => expect((await weir.status()).rollback?.progress).toBe('verified'));
  await weir.stop();
}

describe('a restart', () => {
  it('while shifting goes on at the weight that was set by hand', async () => {
    const { candidate, settings } = await startPair();
    const first = await startWeir(settings);
    await first.change('PUT', '/v1/weights', { candidate: 40 });
    await first.stop();
    const weir = await startWeir(settings);
    await askMany(weir.traffic, 100);
    expect(candidate.requests).toHaveLength(40);
    expect(await weir.status()).toMatchObject({ phase: 'shifting', weights: { candidate: 40 } });
  });

  it('after longer than resumeWithin begins at 0 % and says why', async () => {
    const { candidate, settings } = await startPair();
    await (await startWeir(settings)).stop();
    const muchLater = { ...systemClock, wallMs: () => systemClock.wallMs() + HOUR_MS };
    const weir = await startWeir({ ...settings, resumeWithin: '10m' }, muchLater);
    await askMany(weir.traffic, 50);
    expect(candidate.requests).toHaveLength(0);
    const status = await weir.status();
    expect(status).toMatchObject({ phase: 'idle', weights: { candidate: 0 } });
    expect(status.reason).toContain('resumeWithin');
  });

  it('leaves a rollback latched, with its reason', async () => {
    const { candidate, settings } = await startPair();
    await rollBackOnce(settings);
    const weir = await startWeir(settings);
    await askMany(weir.traffic, 50);
    expect(candidate.requests).toHaveLength(0);
    expect(await weir.status()).toMatchObject({ phase: 'rolled-back', reason: 'I do not like it' });
    expect(await weir.metric('weir_rollbacks_total')).toBe(1);
  });

  it('with a new candidate version in the file starts that one at its weight', async () => {
    const { settings } = await startPair();
    await rollBackOnce(settings);
    const next = await startUpstream('next');
    const weir = await startWeir({ ...settings, candidate: next.url, candidateVersion: 'v3', weight: '10%' });
    await askMany(weir.traffic, 100);
    expect(next.requests).toHaveLength(10);
    const status = await weir.status();
    expect(status).toMatchObject({ phase: 'shifting', candidate: { version: 'v3' }, weights: { candidate: 10 } });
  });

  it('with nothing but another weight in the file leaves a rollback latched', async () => {
    const { candidate, settings } = await startPair();
    await rollBackOnce(settings);
    const weir = await startWeir({ ...settings, weight: '50%' });
    await askMany(weir.traffic, 50);
    expect(candidate.requests).toHaveLength(0);
    expect((await weir.status()).phase).toBe('rolled-back');
  });
});

async function failToStart(settings: Settings, clock = systemClock): Promise<void> {
  const server = createServer();
  onTestFinished(() => void server.close());
  const listenOnTaken = { telemetry: `127.0.0.1:${await listen(server, 0)}` };
  await expect(startWeir({ ...settings, listen: listenOnTaken }, clock)).rejects.toThrow('the port is taken');
}

describe('a start that fails because a port is taken', () => {
  it('is no sign of life: the rollout is still resumed by when Weir last served', async () => {
    const { settings } = await startPair();
    await (await startWeir(settings)).stop();
    const muchLater = { ...systemClock, wallMs: () => systemClock.wallMs() + HOUR_MS };
    await failToStart(settings, muchLater);
    expect(await (await startWeir(settings, muchLater)).status()).toMatchObject({ phase: 'idle' });
  });

  it('does not make an unreadable journal look like an empty one', async () => {
    const { settings, state } = await startPair();
    mkdirSync(state);
    writeFileSync(journalOf(state), 'garbage\n');
    await failToStart(settings);
    expect(await (await startWeir(settings)).status()).toMatchObject({ phase: 'rolled-back' });
  });
});

describe('a journal', () => {
  it('whose last line is torn loses that line only, and the log says so', async () => {
    const { settings, state } = await startPair();
    await rollBackOnce(settings);
    const whole = readFileSync(journalOf(state), 'utf8');
    appendFileSync(journalOf(state), '{"seq":6,"at":"2026-');
    const weir = await startWeir(settings);
    expect((await weir.status()).phase).toBe('rolled-back');
    expect(weir.lines.some(({ message }) => message.includes('cut off'))).toBe(true);
    expect((await weir.change('PUT', '/v1/weights', { candidate: 5 })).status).toBe(200);
    const journal = readFileSync(journalOf(state), 'utf8');
    expect(journal.startsWith(whole)).toBe(true);
    expect(journal.trim().split('\n')).toHaveLength(whole.trim().split('\n').length + 1);
    await weir.stop();
    expect((await (await startWeir(settings)).status()).weights.candidate).toBe(5);
  });

  it.each([
    ['of lines that are no events', '{"seq":1}\n'],
    ['of garbage', 'garbage\nmore of it\n'],
    ['of garbage without a line’s end', '\u0000\u0001garbage'],
  ])('%s is set aside, and nothing goes to the candidate until a person acts', async (_name, text) => {
    const { candidate, settings, state } = await startPair();
    mkdirSync(state);
    writeFileSync(journalOf(state), text);
    const weir = await startWeir(settings);
    await askMany(weir.traffic, 50);
    expect(candidate.requests).toHaveLength(0);
    const status = await weir.status();
    expect(status).toMatchObject({ phase: 'rolled-back', weights: { candidate: 0 } });
    expect(status.reason).toContain('journal unreadable');
    const aside = readdirSync(state).filter((name) => name.startsWith('journal.jsonl.corrupt-'));
    expect(aside.map((name) => readFileSync(join(state, name), 'utf8'))).toEqual([text]);
    expect(weir.lines.some(({ level, message }) => level === 'warn' && message.includes('unreadable'))).toBe(true);
    await weir.stop();

    const again = await startWeir(settings);
    expect((await again.status()).phase).toBe('rolled-back');
    await again.change('PUT', '/v1/weights', { candidate: 50 });
    await askMany(again.traffic, 50);
    expect(candidate.requests).toHaveLength(25);
    expect((await again.status()).phase).toBe('shifting');
  });
});
