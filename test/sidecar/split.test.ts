import { describe, expect, it } from 'vitest';
import { ask, askMany } from './client.ts';
import { startLoad } from './load.ts';
import { startUpstream } from './upstream.ts';
import { startWeir } from './weir.ts';
import { eventually } from './eventually.ts';

describe('the split', () => {
  it('is exact to one request over kept-alive connections', async () => {
    const [stable, candidate] = [await startUpstream('stable'), await startUpstream('candidate')];
    const weir = await startWeir({ stable: stable.url, candidate: candidate.url, weight: '20%' });
    const answers = await askMany(weir.traffic, 500);
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(answers.filter(({ text }) => text === 'candidate')).toHaveLength(candidate.requests.length);
    expect(Math.abs(candidate.requests.length - 100)).toBeLessThanOrEqual(1);
    expect(stable.requests).toHaveLength(500 - candidate.requests.length);
  });

  it.each([20, 50])('keeps within two points of %i percent in every second of open-loop load', async (weight) => {
    const [stable, candidate] = [await startUpstream('stable'), await startUpstream('candidate')];
    const weir = await startWeir({ stable: stable.url, candidate: candidate.url, weight: `${weight}%` });
    const load = startLoad(weir.traffic, { perSecond: 300 });
    await eventually(() => expect(load.answers.length).toBeGreaterThanOrEqual(900));
    await load.stop();
    expect(load.failures).toEqual([]);
    for (const second of [0, 1, 2]) {
      const sent = load.answers.filter(({ place }) => Math.floor(place / 300) === second);
      const percent = (100 * sent.filter(({ text }) => text === 'candidate').length) / sent.length;
      expect(sent).toHaveLength(300);
      expect(Math.abs(percent - weight)).toBeLessThanOrEqual(2);
    }
  });

  it('gives everything to stable when there is no candidate', async () => {
    const stable = await startUpstream('stable');
    const weir = await startWeir({ stable: stable.url });
    await askMany(weir.traffic, 50);
    expect(stable.requests).toHaveLength(50);
    expect((await weir.status()).weights).toEqual({ stable: 100, candidate: 0 });
  });

  it('follows a weight that a person sets, for the very next request', async () => {
    const [stable, candidate] = [await startUpstream('stable'), await startUpstream('candidate')];
    const weir = await startWeir({ stable: stable.url, candidate: candidate.url, weight: '0%' });
    expect((await ask(weir.traffic)).text).toBe('stable');
    expect((await weir.change('PUT', '/v1/weights', { candidate: 100 })).status).toBe(200);
    expect((await ask(weir.traffic)).text).toBe('candidate');
    expect((await weir.change('PUT', '/v1/weights', { v1: 100, v2: 0 })).status).toBe(200);
    expect((await ask(weir.traffic)).text).toBe('stable');
    expect(await weir.metric('weir_weight_ratio', { upstream: 'candidate' })).toBe(0);
  });
});
