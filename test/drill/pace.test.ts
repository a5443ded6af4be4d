import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/load.ts';
import { paceOf } from '../../src/drill/pace.ts';

function paceFor(more: object) {
  const stable = { version: 'v1', url: 'http://127.0.0.1:1' };
  const candidate = { version: 'v2', url: 'http://127.0.0.1:2' };
  const result = readConfig(JSON.stringify({ service: 's', stable, candidate, ...more }), '');
  if ('mistakes' in result) throw new Error(JSON.stringify(result.mistakes));
  return paceOf(result.config);
}

describe('the traffic of the drill', () => {
  it('gives the candidate enough to be judged, at its configured share', () => {
    expect(paceFor({ weight: '50%' })).toEqual({ plan: [], share: 5000, first: 5000, perSecond: 50 });
    expect(paceFor({ weight: '5%' })).toMatchObject({ first: 500, perSecond: 500 });
  });

  it('follows a plan from its first step, and asks no gate', () => {
    const gate = { url: 'https://gates.example/weir' };
    const plan = [{ weight: '10%', hold: '1m', gate }];
    const pace = paceFor({ plan });
    expect(pace).toMatchObject({ first: 1000, perSecond: 250 });
    expect(pace.plan).toMatchObject([{ share: 1000, gate: null }]);
  });

  it('is no more than a machine should be given: a smaller share is raised, and its plan left out', () => {
    const least = { plan: [], share: 500, first: 500, perSecond: 500 };
    expect(paceFor({ weight: '0%' })).toEqual(least);
    expect(paceFor({ plan: [{ weight: '1%', hold: '1m' }] })).toEqual(least);
  });
});
