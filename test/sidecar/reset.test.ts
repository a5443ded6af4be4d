import { describe, expect, it } from 'vitest';
import { askMany } from './client.ts';
import { eventually } from './eventually.ts';
import { startLoad } from './load.ts';
import type { Upstream } from './upstream.ts';
import { freePort } from '../ports.ts';
import { failing, silent, slow, startUpstream } from './upstream.ts';
import type { Weir } from './weir.ts';
import { startWeir } from './weir.ts';

const ERRORS = { window: '10s', errors: '5%', rule: 'plain', minRequests: 10 };
const LATENCY = { window: '10s', p95: '150ms', rule: 'plain', minRequests: 10 };

async function startPair(guards: object, timeouts: object = {}) {
  const [stable, candidate] = [
    await startUpstream('stable'),
    await startUpstream('candidate', undefined, await freePort()),
  ];
  const weir = await startWeir({ stable: stable.url, candidate: candidate.url, weight: '20%', guards, timeouts });
  return { stable, candidate, weir };
}

async function loadUntilReset(weir: Weir): Promise<void> {
  const load = startLoad(weir.traffic, { perSecond: 200 });
  await eventually(async () => expect((await weir.status()).phase).toBe('rolled-back'));
  await load.stop();
  expect(load.failures).toEqual([]);
}

async function expectAllOnStable(weir: Weir, candidate: Upstream): Promise<void> {
  const before = candidate.requests.length;
  const answers = await askMany(weir.traffic, 200);
  expect(answers.every(({ text }) => text === 'stable')).toBe(true);
  expect(candidate.requests).toHaveLength(before);
}

describe('a reset', () => {
  it('takes out a candidate that begins to fail, and says what was measured', async () => {
    const { candidate, weir } = await startPair(ERRORS);
    const load = startLoad(weir.traffic, { perSecond: 200 });
    await eventually(async () => expect((await weir.status()).verdict.kind).toBe('healthy'));
    candidate.answer = failing;
    await eventually(async () => expect((await weir.status()).phase).toBe('rolled-back'));
    await load.stop();
    await expectAllOnStable(weir, candidate);

    const { weights, reason, verdict } = await weir.status();
    expect(weights).toEqual({ stable: 100, candidate: 0 });
    expect(verdict).toMatchObject({ kind: 'unhealthy', reasons: [{ measure: 'errors', relation: '>', limit: 0.05 }] });
    expect(verdict.reasons[0]!.measured).toBeGreaterThan(0.05);
    expect(verdict.reasons[0]!.samples).toBeGreaterThanOrEqual(10);
    expect(reason).toContain('candidate failures');
    // It is told when it is on disk, and in force before that.
    await eventually(async () => expect(await weir.metric('weir_rollbacks_total')).toBe(1));
    expect(await weir.metric('weir_rollbacks_total', { reason: 'errors' })).toBe(1);
    expect(await weir.metric('weir_phase', { phase: 'rolled-back' })).toBe(1);
    expect((await weir.history()).find(({ type }) => type === 'rolled-back')).toMatchObject({
      actor: 'guard',
      weights: { after: weights },
    });
    expect(weir.lines.filter(({ message }) => message.startsWith('rolled-back'))).toHaveLength(1);
  });

  it('takes out a candidate whose connections are refused', async () => {
    const { candidate, weir } = await startPair(ERRORS);
    await candidate.close();
    await loadUntilReset(weir);
    const [reason] = (await weir.status()).verdict.reasons;
    expect(reason?.measure).toBe('errors');
    // Not 1: what is being replayed on stable at that moment has not failed yet.
    expect(reason?.measured).toBeGreaterThan(0.05);
    const failures = await weir.metric('weir_request_failures_total', { upstream: 'candidate', reason: 'refused' });
    expect(failures).toBeGreaterThanOrEqual(10);
    expect(failures).toBe(await weir.metric('weir_requests_total', { upstream: 'candidate' }));
  });

  it('takes out a candidate that is too slow, by its P95', async () => {
    const { candidate, weir } = await startPair(LATENCY);
    candidate.answer = slow(400);
    await loadUntilReset(weir);
    await expectAllOnStable(weir, candidate);
    const { weights, verdict } = await weir.status();
    expect(weights.candidate).toBe(0);
    expect(verdict.reasons[0]).toMatchObject({ measure: 'p95', relation: '>', limit: 150 });
    expect(verdict.reasons[0]!.measured).toBeGreaterThan(150);
    await eventually(async () => expect(await weir.metric('weir_rollbacks_total', { reason: 'p95' })).toBe(1));
  });

  it('takes out a candidate that never answers, without waiting for its timeouts', async () => {
    const { candidate, weir } = await startPair(LATENCY, { head: '20s' });
    candidate.answer = silent;
    const load = startLoad(weir.traffic, { perSecond: 200 });
    await eventually(async () => expect((await weir.status()).phase).toBe('rolled-back'));
    expect(load.answers.every(({ text }) => text === 'stable')).toBe(true);
    await candidate.close();
    await load.stop();
    const { requests } = candidate;
    await expectAllOnStable(weir, candidate);
    expect(requests.length).toBeGreaterThanOrEqual(10);
    expect((await weir.status()).verdict.reasons[0]).toMatchObject({ measure: 'p95', relation: '>' });
  });

  it('stays until a person acts, who then starts with an empty window', async () => {
    const { candidate, weir } = await startPair(ERRORS);
    candidate.answer = failing;
    await loadUntilReset(weir);
    candidate.answer = (_request, response) => void response.end('candidate');
    expect((await weir.change('PUT', '/v1/weights', { candidate: 50, reason: 'fixed' })).status).toBe(200);
    expect((await weir.status()).window.candidate.errors).toBe(0);
    await askMany(weir.traffic, 100);
    const status = await weir.status();
    expect(status).toMatchObject({ phase: 'shifting', weights: { candidate: 50 }, reason: 'fixed' });
    expect(status.window.candidate).toMatchObject({ requests: 50, errors: 0 });
  });

  it('is there for a person too, and names what was asked', async () => {
    const { candidate, weir } = await startPair(ERRORS);
    await askMany(weir.traffic, 20);
    const answer = await weir.change('POST', '/v1/rollback', { reason: 'I do not like it' });
    expect(JSON.parse(answer.text)).toMatchObject({ phase: 'rolled-back', reason: 'I do not like it' });
    await expectAllOnStable(weir, candidate);
    expect(await weir.metric('weir_rollbacks_total', { reason: 'command' })).toBe(1);
  });
});
