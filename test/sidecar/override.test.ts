import { describe, expect, it } from 'vitest';
import { ask, askMany } from './client.ts';
import { failing, startUpstream } from './upstream.ts';
import { startWeir } from './weir.ts';

const OVERRIDE = { header: 'x-weir-upstream' };

describe('the override', () => {
  it.each([
    ['0%', 'candidate'],
    ['100%', 'stable'],
    ['0%', 'Candidate'],
  ])('at %s reaches %s', async (weight, value) => {
    const [stable, candidate] = [await startUpstream('stable'), await startUpstream('candidate')];
    const weir = await startWeir({ stable: stable.url, candidate: candidate.url, weight, override: OVERRIDE });
    const answer = await ask(weir.traffic, { headers: { 'X-Weir-Upstream': value } });
    expect(answer.text).toBe(value.toLowerCase());
  });

  it.each(['', 'v2', 'candidate, stable', 'candidates'])('ignores the value "%s"', async (value) => {
    const [stable, candidate] = [await startUpstream('stable'), await startUpstream('candidate')];
    const weir = await startWeir({ stable: stable.url, candidate: candidate.url, weight: '0%', override: OVERRIDE });
    expect((await ask(weir.traffic, { headers: { 'x-weir-upstream': value } })).text).toBe('stable');
  });

  it('is a header like any other when it is not configured, or there is no candidate', async () => {
    const [stable, candidate] = [await startUpstream('stable'), await startUpstream('candidate')];
    const headers = { 'x-weir-upstream': 'candidate' };
    const off = await startWeir({ stable: stable.url, candidate: candidate.url, weight: '0%' });
    expect((await ask(off.traffic, { headers })).text).toBe('stable');
    const alone = await startWeir({ stable: stable.url, override: OVERRIDE });
    expect((await ask(alone.traffic, { headers })).text).toBe('stable');
  });

  it('is no evidence: forced failures stand in no window and roll nothing back', async () => {
    const [stable, candidate] = [await startUpstream('stable'), await startUpstream('candidate', failing)];
    const weir = await startWeir({
      stable: stable.url,
      candidate: candidate.url,
      weight: '50%',
      override: OVERRIDE,
      guards: { window: '10s', errors: '5%', minRequests: 10 },
    });
    const forced = await Promise.all(
      Array.from({ length: 40 }, () => ask(weir.traffic, { headers: { 'x-weir-upstream': 'candidate' } })),
    );
    expect(forced.every(({ status }) => status === 500)).toBe(true);
    const { phase, window } = await weir.status();
    expect([phase, window.candidate.requests, window.candidate.errors]).toEqual(['shifting', 0, 0]);
    // They are real traffic all the same.
    expect(await weir.metric('weir_requests_total', { upstream: 'candidate' })).toBe(40);
  });

  it('does not use up the split’s draws', async () => {
    const [stable, candidate] = [await startUpstream('stable'), await startUpstream('candidate')];
    const weir = await startWeir({ stable: stable.url, candidate: candidate.url, weight: '50%', override: OVERRIDE });
    await askMany(weir.traffic, 20);
    for (let count = 0; count < 7; count++) await ask(weir.traffic, { headers: { 'x-weir-upstream': 'stable' } });
    await askMany(weir.traffic, 20);
    expect(candidate.requests).toHaveLength(20);
  });
});
