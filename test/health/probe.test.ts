import { describe, expect, it } from 'vitest';
import type { ProbeCount } from '../../src/health/probe.ts';
import { afterProbe, isDown, NO_PROBES, probeReason, withProbe } from '../../src/health/probe.ts';
import { NO_VERDICT } from '../../src/model/verdict.ts';

const LIMITS = { failures: 3, of: 5 };
const counted = (results: string): ProbeCount =>
  results
    .split('')
    .reduce((count, letter) => afterProbe(count, { passed: letter === '+', text: letter }, LIMITS.of), NO_PROBES);

describe('the count of probes', () => {
  it('is down with so many failures among the last, in a row or not', () => {
    expect(isDown(counted('--+'), LIMITS)).toBe(false);
    expect(isDown(counted('-+-+-'), LIMITS)).toBe(true);
    expect(isDown(counted('---'), LIMITS)).toBe(true);
    expect(isDown(counted('---+++'), LIMITS)).toBe(false);
  });

  it('counts passes in a row, up to now', () => {
    expect(counted('+++').passes).toBe(3);
    expect(counted('+++-+').passes).toBe(1);
  });
});

describe('a verdict with the probe', () => {
  it('condemns a candidate whose probes fail, though its traffic is healthy', () => {
    const verdict = withProbe({ kind: 'healthy', reasons: [] }, probeReason(counted('---'), LIMITS));
    expect(verdict.kind).toBe('unhealthy');
    expect(verdict.reasons[0]).toMatchObject({ measure: 'probe', measured: 3, relation: '>', limit: 2, samples: 3 });
    expect(verdict.reasons[0]!.text).toBe('candidate probe failures 3 > 2 (of the last 3; last: -)');
  });

  it('proves nobody healthy by passing', () => {
    expect(withProbe(NO_VERDICT, probeReason(counted('+++++'), LIMITS)).kind).toBe('inconclusive');
    expect(withProbe(NO_VERDICT, probeReason(NO_PROBES, LIMITS))).toBe(NO_VERDICT);
  });
});
